import { pick, sendPicked } from '../actions.js'
import { text, type Language } from '../i18n.js'
import { titleOf } from '../names.js'
import { update, type PickerState } from '../state.js'
import type { Sample, Start } from '../../protocol.js'
import { h } from '../vendor/preact.js'
import { Fields } from './fields.js'

/** The chosen kind: its fields, or the whole message as text. */
export function SampleForm ({
  language,
  start,
  picker,
  sample
}: {
  language: Language
  start: Start
  picker: PickerState
  sample: Sample
}) {
  const { raw, edits, error } = picker
  return (
    <form
      class='form'
      onSubmit={event => {
        event.preventDefault()
        sendPicked()
      }}
    >
      <button
        type='button'
        class='quiet back'
        onClick={() => { update(({ picker }) => { delete picker.sample }) }}
      >
        ‹ {text(language, 'back')}
      </button>
      <h3>
        {titleOf(start, sample.key, language)} <code>{sample.key}</code>
      </h3>
      <div class='segments' role='group' aria-label={text(language, 'form')}>
        <button
          type='button'
          aria-pressed={raw === undefined}
          onClick={() => { update(({ picker }) => { delete picker.raw }) }}
        >
          {text(language, 'form')}
        </button>
        <button
          type='button'
          aria-pressed={raw !== undefined}
          onClick={() => { update(({ picker }) => { picker.raw ??= sample.text }) }}
        >
          {text(language, 'rawTab')}
        </button>
        {sample.variants > 1 &&
          Array.from({ length: sample.variants }, (_, variant) => (
            <button
              key={variant}
              type='button'
              aria-pressed={sample.variant === variant}
              onClick={() => { pick(sample.key, variant) }}
            >
              {text(language, 'variant', { number: variant + 1 })}
            </button>
          ))}
      </div>
      {raw === undefined
        ? <Fields language={language} sample={sample} edits={edits} />
        : <RawText language={language} raw={raw} />}
      {error !== undefined && (
        <p class='callout bad' role='alert'>
          {error}
        </p>
      )}
      <footer>
        <button type='submit' class='primary'>
          {text(language, 'send')}
        </button>
      </footer>
    </form>
  )
}

function RawText ({ language, raw }: { language: Language, raw: string }) {
  return (
    <label class='as-text'>
      <span class='faint'>{text(language, 'rawHint')}</span>
      <textarea
        name='raw'
        spellcheck={false}
        value={raw}
        onInput={event => {
          const { value } = event.currentTarget
          update(({ picker }) => { picker.raw = value })
        }}
      />
    </label>
  )
}
