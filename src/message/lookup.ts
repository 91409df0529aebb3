import type { Answering } from './answering.js'
import { ALIASES } from './generated/tables/aliases.js'
import { EVENTS } from './generated/tables/events.js'
import { INFOS } from './generated/tables/infos.js'
import { LIMITS } from './generated/tables/limits.js'
import { MESSAGES } from './generated/tables/messages.js'
import { REPLIES } from './generated/tables/replies.js'
import type { MessageKey } from './types.js'

export type { Answering } from './answering.js'

/** How a kind is answered; `undefined` for a key that is not in the catalogue, `unknown` included. */
export function answerPolicyOf (key: string): Answering | undefined {
  return ANSWERED.get(key)
}

/**
 * The kinds of passive reply that WeCom takes for a kind: mostly none; `undefined` for a key that is not catalogued.
 */
export function replyKindsOf (key: string): readonly string[] | undefined {
  return ROWS.has(key) ? REPLY_KINDS.get(key) ?? NONE : undefined
}

/** The keys of the kinds that a passive reply of this kind is taken for, whatever the product. */
export function keysTaking (replyKind: string): string[] {
  return [...REPLY_KINDS].filter(([, kinds]) => kinds.includes(replyKind)).map(([key]) => key)
}

/** The key of a kind as the catalogue spells it; `undefined` for kinds it hasn't. */
export function canonicalKey (key: string): MessageKey | undefined {
  return CANONICAL.get(key)
}

/** The row of a kind in the notation of shape.ts. */
export function rowOf (key: string): string {
  return ROWS.get(key) ?? ''
}

let prefixes: Set<string> | undefined

/** Whether there are kinds below it. Worked out on first use: only kinds that are not known are asked about. */
export function isPrefix (key: string): boolean {
  prefixes ??= new Set([...ROWS.keys()].flatMap(prefixesOf))
  return prefixes.has(key)
}

/** All keys, for looking through. */
export function catalogueKeys (): Iterable<string> {
  return ROWS.keys()
}

// Maps, as a key comes from a sender: `event.__proto__` must find nothing.
const ROWS = new Map([MESSAGES, EVENTS, INFOS].flatMap(rows => Object.entries(rows)))
const REPLY_KINDS = new Map(Object.entries(REPLIES))
const CANONICAL = new Map([...ROWS.keys()].map(key => [key, key as MessageKey]))
for (const [alias, key] of Object.entries(ALIASES)) CANONICAL.set(alias, key as MessageKey)
const NONE: readonly string[] = []
const USUAL: Answering = { passiveReply: false, sentOnce: false }
const ANSWERED = new Map([...ROWS.keys()].map(key => [key, answering(key)]))

function answering (key: string): Answering {
  const passiveReply = REPLY_KINDS.has(key)
  const limits = LIMITS[key]
  return limits === undefined && !passiveReply ? USUAL : { ...USUAL, ...limits, passiveReply }
}

function prefixesOf (key: string): string[] {
  const parts = key.split('.')
  return parts.slice(1).map((_part, at) => parts.slice(0, at + 1).join('.'))
}
