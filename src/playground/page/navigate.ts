import { entriesOf, isSelected } from './entries.js'
import { state, update, type PlayRecord } from './state.js'

/** Entries on one sheet of the inspector: more would make the page slow. */
export const SHEET = 25
/** Messages that are added to the conversation at a time. */
const MORE = 40

/**
 * Shows the request of a message; focus goes along where the keyboard asked, or where the conversation is hidden then.
 */
export function select (play: PlayRecord, message: number, byKeyboard: boolean): void {
  const index = entriesOf(state.plays).findIndex(entry => entry.play === play && entry.part === message)
  update(state => {
    state.selected = { play: play.id, message }
    state.tab = 'inspector'
    if (index < state.sheet || index >= state.sheet + SHEET) state.sheet = Math.max(0, index)
  }, () => {
    const delivery = document.querySelector<HTMLElement>('.delivery[data-selected=true]')
    delivery?.scrollIntoView({ block: 'start' })
    const isHidden = document.querySelector('.phone')?.checkVisibility() === false
    if (byKeyboard || isHidden) delivery?.focus({ preventScroll: true })
  })
}

/** From the inspector back to the message. */
export function backToChat (play: PlayRecord, message: number): void {
  if (!isSelected(state.selected, play, message)) return
  update(
    state => {
      state.tab = 'chat'
    },
    () => {
      document.querySelector<HTMLElement>('.sent[aria-pressed=true]')?.focus()
    }
  )
}

export function turnSheet (by: number): void {
  update(state => { state.sheet = Math.max(0, state.sheet + by * SHEET) }, () => {
    const inspector = document.querySelector<HTMLElement>('.inspector')
    inspector?.scrollTo({ top: 0 })
    // The button may be gone.
    if (!(document.activeElement instanceof HTMLButtonElement) || document.activeElement.disabled) inspector?.focus()
  })
}

/** Puts earlier messages into the page, above those that are read just now. */
export function showEarlier (): void {
  const log = document.querySelector<HTMLElement>('.chat-log')
  const toEnd = log === null ? 0 : log.scrollHeight - log.scrollTop
  update(state => { state.exchanges += MORE }, () => {
    if (log === null) return
    log.scrollTop = log.scrollHeight - toEnd
    if (document.activeElement === document.body) log.focus({ preventScroll: true })
  })
}

/** Arrow keys go from message to message: Tab would have to pass them all. */
export function walkSent (event: KeyboardEvent): void {
  const all = [...document.querySelectorAll<HTMLElement>('.sent')]
  const at = all.indexOf(event.target as HTMLElement)
  const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key]
  if (at === -1 || next === undefined) return
  event.preventDefault()
  all[next]?.focus()
}
