import { closePicker, pick } from '../actions.js'
import { text } from '../i18n.js'
import { update, type State } from '../state.js'
import type { KindFamily, Start } from '../../protocol.js'
import { Fragment, h } from '../vendor/preact.js'
import { SampleForm } from './sample-form.js'

/** Every kind of the catalogue, and the form of the chosen one. */
export function Picker ({ state, start }: { state: State, start: Start }) {
  const { language, picker } = state
  return (
    <dialog
      class='picker' aria-label={text(language, 'pickerTitle')} data-chosen={picker.sample !== undefined}
      // Modal, so that focus stays inside and Esc closes it: the attribute alone would do neither.
      ref={dialog => {
        if (dialog === null || dialog.open === picker.open) return
        if (!picker.open) { dialog.close(); return }
        dialog.showModal()
        // Selected: who types looks for something else, who presses Enter has it again.
        const search = dialog.querySelector<HTMLInputElement>('input[type=search]')
        search?.focus()
        search?.select()
      }}
      onClose={closePicker}
      // In a search field Esc would only empty it.
      onKeyDown={event => {
        if (event.key !== 'Escape' || event.isComposing) return
        event.preventDefault()
        closePicker()
      }}
    >
      {picker.open && <Inside state={state} start={start} />}
    </dialog>
  )
}

/** Made only while it is looked at: hundreds of kinds have thousands of nodes. */
function Inside ({ state: { language, picker }, start }: { state: State, start: Start }) {
  const { sample, query } = picker
  const families = matching(start.families, query)
  const count = families.reduce((sum, { kinds }) => sum + kinds.length, 0)
  return (
    <>
      <header>
        <h2>{text(language, 'pickerTitle')}</h2>
        <button type='button' class='quiet' onClick={closePicker}>{text(language, 'close')}</button>
      </header>
      <div class='kinds'>
        <input
          type='search'
          name='query'
          aria-label={text(language, 'search')}
          placeholder={text(language, 'search')}
          value={query}
          onInput={event => {
            const { value } = event.currentTarget
            update(({ picker }) => { picker.query = value })
          }}
          onKeyDown={event => {
            const first = families[0]?.kinds[0]?.[0]
            if (event.key === 'Enter' && !event.isComposing && first !== undefined) {
              pick(first).then(focusForm, () => {})
            }
          }}
        />
        <p class='faint' role='status'>
          {count === 0 ? text(language, 'nothingFound') : text(language, 'found', { count })}
        </p>
        <div class='list'>
          {families.map(family => (
            <section key={family.name}>
              <h3>{family[language]}</h3>
              {family.kinds.map(([key, zh, en]) => (
                <button type='button' key={key} aria-pressed={sample?.key === key} onClick={() => { pick(key) }}>
                  <b>{language === 'zh' ? zh : en}</b><small>{language === 'zh' ? en : zh}</small><code>{key}</code>
                </button>
              ))}
            </section>
          ))}
        </div>
      </div>
      {sample === undefined
        ? <p class='faint pad form'>{text(language, 'choose')}</p>
        : <SampleForm language={language} start={start} picker={picker} sample={sample} />}
    </>
  )
}

/** Who picks by the keyboard goes on in the form. */
function focusForm (): void {
  setTimeout(() => { document.querySelector<HTMLElement>('.form .field input')?.focus() })
}

function matching (families: KindFamily[], query: string): KindFamily[] {
  const words = query.toLowerCase().split(/\s+/).filter(word => word !== '')
  if (words.length === 0) return families
  return families.map(family => ({
    ...family,
    kinds: family.kinds.filter(kind => {
      const haystack = [...kind, family.zh, family.en].join(' ').toLowerCase()
      return words.every(word => haystack.includes(word))
    })
  })).filter(({ kinds }) => kinds.length > 0)
}
