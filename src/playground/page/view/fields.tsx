import { text, type Language } from '../i18n.js'
import { update } from '../state.js'
import type { Sample } from '../../protocol.js'
import { h } from '../vendor/preact.js'

interface Props {
  language: Language
  sample: Sample
  edits: ReadonlyMap<string, unknown>
}

/** The fields of a message as inputs, prefilled; what is not touched is left to the sample. */
export function Fields ({ language, sample, edits }: Props) {
  return (
    <div class='fields'>
      {rowsOf(sample.message, '').map(({ path, value }) => (
        <Field
          key={`${sample.key}.${sample.variant}.${path}`}
          language={language}
          path={path}
          value={value}
          edits={edits}
        />
      ))}
    </div>
  )
}

/** A value at a dotted path: text, number or true and false; a list counts as one. */
interface Row {
  path: string
  value: unknown
}

function rowsOf (message: Record<string, unknown>, prefix: string): Row[] {
  return Object.entries(message).flatMap(([name, value]) => {
    const path = `${prefix}${name}`
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? rowsOf(value as Record<string, unknown>, `${path}.`)
      : [{ path, value }]
  })
}

/** What the server makes anew for every message, and what makes a message the kind it is. */
const FRESH = /^(MsgId|msgid|CreateTime|TimeStamp|create_time)$/
const FIXED = /^(MsgType|msgtype|Event|ChangeType|InfoType|event\.eventtype|Event\.EventType)$/

function Field ({ language, path, value, edits }: Omit<Props, 'sample'> & Row) {
  const id = `field.${path}`
  const edited = edits.get(path)
  const removed = edited === null
  const isList = typeof value === 'object'
  const shown = edited === undefined || removed ? value : edited
  const set = (next: unknown) => {
    update(({ picker }) => {
      if (next === undefined) {
        picker.edits.delete(path)
      } else {
        picker.edits.set(path, next)
      }
    })
  }
  return (
    <div class={removed ? 'field removed' : 'field'}>
      <label for={id}>{path}</label>
      {isList
        ? (
          <textarea
            id={id}
            rows={3}
            spellcheck={false}
            disabled={removed}
            value={JSON.stringify(value, null, 1)}
            title={text(language, 'listHint')}
            onChange={event => { readList(language, event.currentTarget, set) }}
          />
          )
        : (
          <input
            id={id}
            autocomplete='off'
            spellcheck={false}
            disabled={removed}
            inputMode={typeof value === 'number' ? 'decimal' : 'text'}
            value={String(shown)}
            placeholder={FRESH.test(path) ? text(language, 'fresh') : ''}
            onInput={event => { set(read(event.currentTarget.value, value)) }}
          />
          )}
      {FIXED.test(path)
        ? <span />
        : (
          <button
            type='button'
            class='quiet'
            aria-label={text(language, removed ? 'restore' : 'remove', { field: path })}
            onClick={() => { set(removed ? undefined : null) }}
          >
            {removed ? '↺' : '×'}
          </button>
          )}
    </div>
  )
}

/** As the sample has it: a number stays one, if it is one. */
function read (typed: string, sample: unknown): unknown {
  if (typeof sample === 'number' && typed.trim() !== '' && Number.isFinite(Number(typed))) return Number(typed)
  if (typeof sample === 'boolean') return typed === 'true'
  return typed
}

function readList (language: Language, input: HTMLTextAreaElement, set: (next: unknown) => void): void {
  try {
    set(JSON.parse(input.value))
    input.setCustomValidity('')
  } catch {
    input.setCustomValidity(text(language, 'notJson'))
    input.reportValidity()
  }
}
