import type { MessageKey } from './types.js'
import { ALIASES, ANSWERS } from './table/answers.js'
import { EVENTS } from './table/events.js'
import { INFOS } from './table/infos.js'
import { MESSAGES } from './table/messages.js'

/** What WeCom expects of the answer to a kind. */
export interface Answering {
  /** Whether it looks at the body for a reply. */
  readonly passiveReply: boolean
  /** Whether it sends the message once and never again. */
  readonly sentOnce: boolean
  /** Milliseconds; absent where the usual 5 000 hold. */
  readonly answerWithinMs?: number
}

/** How a kind is answered; `undefined` for a key that is not in the catalogue, `unknown` included. */
export function catalogueOf (key: string): Answering | undefined {
  return ROWS.has(key) ? ANSWERED.get(key) ?? USUAL : undefined
}

/** The key of a kind as the catalogue spells it; `undefined` for kinds it hasn't. */
export function catalogued (key: string): MessageKey | undefined {
  const spelled = SPELLED.get(key) ?? key
  return ROWS.has(spelled) ? spelled as MessageKey : undefined
}

/** The row of a kind in the notation of shape.ts. */
export function rowOf (key: string): string {
  return ROWS.get(key) ?? ''
}

/** Whether there are kinds below it. */
export function isPrefix (key: string): boolean {
  return PREFIXES.has(key)
}

/** All keys, for looking through. */
export function catalogueKeys (): Iterable<string> {
  return ROWS.keys()
}

// Maps, as a key comes from a sender: `event.__proto__` must find nothing.
const ROWS = new Map([MESSAGES, EVENTS, INFOS].flatMap(rows => Object.entries(rows)))
const PREFIXES = new Set([...ROWS.keys()].flatMap(key => key.split('.').slice(0, -1).map((_part, at, parts) => parts.slice(0, at + 1).join('.'))))
const ANSWERED = new Map(Object.entries(ANSWERS))
const SPELLED = new Map(Object.entries(ALIASES))
const USUAL: Answering = { passiveReply: false, sentOnce: false }
