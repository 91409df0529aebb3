import type { MenuButton, PlayMessage } from '../protocol.js'
import { loadSample, startPlay } from './api.js'
import { forget } from './history.js'
import { rememberLanguage, text, type Language } from './i18n.js'
import { notify, state, update } from './state.js'

const TEXT_KINDS = {
  app: { key: 'text', field: (Content: string) => ({ Content }) },
  // In single chats bots are given every kind of message, and nothing is quoted unless somebody does.
  aibot: {
    key: 'aibot.text',
    field: (content: string) => ({ text: { content }, quote: null, chatid: null, chattype: 'single' })
  },
  groupbot: { key: 'groupbot.text', field: (Content: string) => ({ Text: { Content } }) }
}

/** Sends what the composer holds. */
export async function sendDraft (): Promise<void> {
  const typed = state.draft
  const draft = typed.trim()
  if (draft === '') return
  update(state => { state.draft = '' })
  const { key, field } = TEXT_KINDS[state.persona]
  const problem = await send(partsOf(draft).map(part => ({ key, fields: field(part) })))
  // Nothing that was typed is lost to a server that just restarts; nor is what was typed since.
  if (problem !== undefined && state.draft === '') update(state => { state.draft = typed })
}

/** To be reordered there must be several: the lines of the text, or the text twice. */
function partsOf (draft: string): string[] {
  if (!state.settings.faults.has('reorder')) return [draft]
  const lines = draft.split('\n').map(line => line.trim()).filter(line => line !== '')
  return lines.length > 1 ? lines : [`${draft} (1)`, `${draft} (2)`]
}

export async function send (messages: PlayMessage[]): Promise<string | undefined> {
  const problem = await startPlay(messages)
  if (problem !== undefined) notify(text(state.language, 'notSent', { problem }))
  return problem
}

export async function sendMenu ({ type, key, url }: MenuButton): Promise<void> {
  update(state => { state.menu = undefined })
  const event = type ?? (url === undefined ? 'click' : 'view')
  const known = state.start?.families.some(({ kinds }) => kinds.some(([kind]) => kind === `event.${event}`)) === true
  await send([{ key: known ? `event.${event}` : 'event.click', fields: { EventKey: key ?? url ?? '' } }])
}

export function setLanguage (language: Language): void {
  rememberLanguage(language)
  update(state => { state.language = language })
}

/** Begins anew. */
export function clear (): void {
  forget()
  update(state => {
    state.plays = []
    state.selected = undefined
    state.sheet = 0
  }, () => { document.querySelector<HTMLElement>('textarea[name=draft]')?.focus() })
}

export function openPicker (): void {
  update(state => { state.picker.open = true })
}

export function closePicker (): void {
  update(state => { state.picker.open = false })
}

export async function pick (key: string, variant = 0): Promise<void> {
  try {
    const sample = await loadSample(key, variant)
    update(({ picker }) => {
      picker.sample = sample
      picker.edits.clear()
      delete picker.raw
      delete picker.error
    })
  } catch (error) {
    update(({ picker }) => { picker.error = String(error) })
  }
}

/** Sends what the form holds; stays open and says why where that is no message. */
export async function sendPicked (): Promise<void> {
  const { sample, edits, raw } = state.picker
  if (sample === undefined) return
  const message: PlayMessage =
    raw === undefined ? { key: sample.key, variant: sample.variant, fields: nested(edits) } : { text: raw }
  const copies = state.settings.faults.has('reorder') ? [message, message] : [message]
  const problem = await send(copies)
  update(({ picker }) => {
    picker.open = problem !== undefined
    if (problem === undefined) delete picker.error
    else picker.error = problem
  })
}

/** `{ 'a.b': 1 }` to `{ a: { b: 1 } }`. */
function nested (edits: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [path, value] of edits) {
    const names = path.split('.')
    const last = names.pop() as string
    let at = fields
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>
    at[last] = value
  }
  return fields
}
