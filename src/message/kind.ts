import { quote } from '../errors.js'
import type { Answering } from './answering.js'
import { ALIASES } from './generated/tables/aliases.js'
import { EVENTS } from './generated/tables/events.js'
import { INFOS } from './generated/tables/infos.js'
import { LIMITS } from './generated/tables/limits.js'
import { MESSAGES } from './generated/tables/messages.js'
import { REPLIES } from './generated/tables/replies.js'
import { Repeated, type MessageObject } from './object.js'
import type { MessageKey } from './types.js'

export type { Answering } from './answering.js'

/** Which product a message is of: it decides how a reply is written. */
export type Product = 'app' | 'info' | 'aibot' | 'groupbot' | 'payment'

/** What a message is: its product and its router key, `unknown` where the catalogue has none. */
export interface Kind {
  product: Product
  /** `text`, `event.change_contact.create_user`, `info.suite_ticket`, `aibot.text`, `groupbot.event.enter_chat`, … */
  key: MessageKey | 'unknown'
}

/** Reads the discriminants: MsgType, Event, InfoType and ChangeType, or a bot's msgtype and eventtype. */
export function kindOf (received: MessageObject): Kind {
  const product = productOf(received)
  return { product, key: canonicalKey(keyOf(received, product)) ?? 'unknown' }
}

/**
 * The longest beginning of router keys that a message of an unknown kind is below: `event.change_contact` for a
 * ChangeType that is new.
 */
export function familyOf (message: MessageObject): string | undefined {
  let family = keyOf(message, productOf(message))
  while (!isPrefix(family)) {
    if (!family.includes('.')) return undefined
    family = family.slice(0, family.lastIndexOf('.'))
  }
  return family
}

/**
 * What tells the kind of a message, for a log line: `MsgType "event", Event "change_contact"`. A sender's words, so
 * quoted and bounded.
 */
export function discriminantsOf (message: MessageObject): string {
  const { MsgType, Event, InfoType, ChangeType, msgtype, event } = message
  const type = eventType(given(Event) ?? given(event))
  const name = typeof Event === 'string' ? Event : undefined
  const words = { MsgType, Event: name, InfoType, ChangeType, msgtype, eventtype: type }
  const told = Object.entries(words).filter(([, value]) => given(value) !== undefined)
    .map(([name, value]) => `${name} ${quote(value)}`)
  return told.length === 0 ? 'none of MsgType, InfoType and msgtype' : told.join(', ')
}

/** Whether WeCom looks at the body of the answer. For kinds not known here nobody can tell: they may be answered. */
export function takesPassiveReply ({ product, key }: { product: Product, key: string }): boolean {
  return answerPolicyOf(key)?.passiveReply ?? product !== 'info'
}

/**
 * Whether a message that the catalogue does not have may be answered, by what holds for its whole family: no change of
 * contacts is.
 */
export function mayTakePassiveReply (message: MessageObject): boolean {
  const kind = kindOf(message)
  const family = kind.key === 'unknown' ? familyOf(message) : undefined
  if (family === undefined) return takesPassiveReply(kind)
  return [...catalogueKeys()].some(
    key => key.startsWith(`${family}.`) && takesPassiveReply({ product: kind.product, key })
  )
}

/** Only group robots have these (page 99399); bots have a `chattype` and an `aibotid`. */
const ROBOT_FIELDS = ['WebhookUrl', 'GetChatInfoUrl', 'ChatType', 'webhook_url', 'get_chat_info_url', 'chat_type']

/**
 * By what a product cannot do without, before what only it has: a field that WeCom adds must not move a message to
 * another product.
 */
function productOf (message: MessageObject): Product {
  if (has(message, 'MsgType')) return !hasText(message, 'ToUserName') && hasRobotField(message) ? 'groupbot' : 'app'
  if (hasText(message, 'aibotid') && hasText(message, 'msgtype')) return 'aibot'
  if (hasText(message, 'InfoType')) return 'info'
  if (hasRobotField(message)) return 'groupbot'
  if (hasText(message, 'aibotid') || has(message, 'msgtype')) return 'aibot'
  // A notice of a payment has nothing but this to be told by (page 97478).
  return word(first(message.resource_type)) === 'encrypt-resource' ? 'payment' : 'app'
}

/** The discriminants, joined as the catalogue joins them. */
function keyOf (message: MessageObject, product: Product): string {
  if (product === 'payment') return 'payment'
  if (product === 'info') return `info.${word(first(message.InfoType))}${changeOf(message)}`
  const type = word(given(first(message.MsgType)) ?? given(first(message.msgtype)) ?? given(first(message.msg_type)))
  if (product === 'app') {
    return type === 'event' ? `event.${word(first(message.Event))}${changeOf(message)}` : type
  }
  if (type !== 'event') return `${product}.${type}`
  return `${product}.event.${word(eventType(given(first(message.Event)) ?? given(first(message.event))))}`
}

function changeOf (message: MessageObject): string {
  const change = given(first(message.ChangeType))
  return change === undefined ? '' : `.${word(change)}`
}

/** The first of several: a later one may be what a user typed. */
function first (value: unknown): unknown {
  return value instanceof Repeated ? value[0] : value
}

function has (message: MessageObject, name: string): boolean {
  return given(first(message[name])) !== undefined
}

function hasText (message: MessageObject, name: string): boolean {
  return typeof given(first(message[name])) === 'string'
}

function hasRobotField (message: MessageObject): boolean {
  return ROBOT_FIELDS.some(name => has(message, name))
}

function eventType (event: unknown): unknown {
  const fields = (typeof event === 'object' && event !== null ? event : {}) as MessageObject
  const { EventType, eventtype, event_type: snake } = fields
  return given(EventType) ?? given(eventtype) ?? given(snake)
}

/** The value, unless it is an empty element, blanks alone or the null of JSON: they say as much as an absent field. */
function given (value: unknown): unknown {
  return value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value
}

/** One part of a key; what cannot be one becomes something that no key has. */
function word (value: unknown): string {
  return typeof value === 'string' && !value.includes('.') ? value.trim() : '?'
}

// What the catalogue knows of a kind.

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
function isPrefix (key: string): boolean {
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
