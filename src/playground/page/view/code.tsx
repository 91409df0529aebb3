import { pretty, tokens } from '../format.js'
import { text, type Language } from '../i18n.js'
import { notify } from '../state.js'
import { h } from '../vendor/preact.js'

/** A text to be looked at: formatted unless it must be seen as it is. */
export function Code ({
  language,
  title,
  note,
  value,
  raw = false
}: {
  language: Language
  title: string
  note?: string | undefined
  value: string
  raw?: boolean
}) {
  const shown = raw ? value : pretty(value)
  return (
    <section class={raw ? 'code raw' : 'code'}>
      <header>
        <h4>{title}</h4>
        {note !== undefined && <span class='chip'>{note}</span>}
        {value !== '' && (
          <button
            type='button'
            class='quiet'
            aria-label={`${text(language, 'copy')}: ${title}`}
            onClick={() => { copy(language, value) }}
          >
            {text(language, 'copy')}
          </button>
        )}
      </header>
      {value === ''
        ? <p class='faint'>{text(language, 'emptyBody')}</p>
        : (
          <pre tabIndex={0} role='region' aria-label={title}>
            {tokens(shown).map(([part, kind], index) =>
              kind === 'plain'
                ? part
                : (
                  <span key={index} class={`t-${kind}`}>
                    {part}
                  </span>
                  )
            )}
          </pre>
          )}
    </section>
  )
}

function copy (language: Language, value: string): void {
  navigator.clipboard.writeText(value).then(() => { notify(text(language, 'copied')) }, () => {})
}
