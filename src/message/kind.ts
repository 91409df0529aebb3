import { quote } from '../errors.js'
import { canonicalKey, catalogueKeys, answerPolicyOf, isPrefix } from './lookup.js'
import { isObject, Repeated, type MessageObject } from './object.js'
import type { MessageKey } from './types.js'

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
  const message = firsts(received)
  const product = productOf(message)
  return { product, key: canonicalKey(discriminants(message, product).map(word).join('.')) ?? 'unknown' }
}

/**
 * The longest beginning of router keys that a message of an unknown kind is below: `event.change_contact` for a
 * ChangeType that is new.
 */
export function familyOf (message: MessageObject): string | undefined {
  const first = firsts(message)
  const parts = discriminants(first, productOf(first)).map(word)
  for (; parts.length > 0; parts.pop()) {
    if (isPrefix(parts.join('.'))) return parts.join('.')
  }
}

/** Who wrote it, in every scene: a userid, or `sys`; `undefined` where nobody did. */
export function senderOf ({ FromUserName, from, From }: MessageObject): string | undefined {
  const { userid } = (isObject(from) ? from : {})
  const { UserId } = (isObject(From) ? From : {})
  return [FromUserName, userid, UserId].find(value => typeof value === 'string' && value !== '') as string | undefined
}

/**
 * What tells the kind of a message, for a log line: `MsgType "event", Event "change_contact"`. A sender's words, so
 * quoted and bounded.
 */
export function discriminantsOf (message: MessageObject): string {
  const { MsgType, Event, InfoType, ChangeType, msgtype, event } = message
  const type = eventType(firstGiven(Event, event))
  const name = typeof Event === 'string' ? Event : undefined
  const words = { MsgType, Event: name, InfoType, ChangeType, msgtype, eventtype: type }
  const told = Object.entries(words).filter(([, value]) => given(value))
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
  const has = (name: string): boolean => given(message[name])
  const isText = (name: string): boolean => has(name) && typeof message[name] === 'string'
  if (has('MsgType')) return !isText('ToUserName') && ROBOT_FIELDS.some(has) ? 'groupbot' : 'app'
  if (isText('aibotid') && isText('msgtype')) return 'aibot'
  if (isText('InfoType')) return 'info'
  if (ROBOT_FIELDS.some(has)) return 'groupbot'
  if (isText('aibotid') || has('msgtype')) return 'aibot'
  // A notice of a payment has nothing but this to be told by (page 97478).
  return word(message.resource_type) === 'encrypt-resource' ? 'payment' : 'app'
}

/** The first of several: a later one may be what a user typed. */
function firsts (message: MessageObject): MessageObject {
  return Object.fromEntries(Object.entries(message)
    .map(([name, value]) => [name, value instanceof Repeated ? value[0] : value]))
}

function discriminants (message: MessageObject, product: Product): unknown[] {
  const { MsgType, Event, InfoType, ChangeType, msgtype, msg_type: snake, event } = message
  const change = given(ChangeType) ? [ChangeType] : []
  if (product === 'payment') return ['payment']
  if (product === 'info') return ['info', InfoType, ...change]
  const type = firstGiven(MsgType, msgtype, snake)
  const isEvent = word(type) === 'event'
  if (product === 'app') return isEvent ? [type, Event, ...change] : [type]
  return isEvent ? [product, type, eventType(firstGiven(Event, event))] : [product, type]
}

function eventType (event: unknown): unknown {
  const fields = (typeof event === 'object' && event !== null ? event : {}) as MessageObject
  const { EventType, eventtype, event_type: snake } = fields
  return firstGiven(EventType, eventtype, snake)
}

/** An empty element, blanks alone and the null of JSON say as much as an absent field. */
function given (value: unknown): boolean {
  return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '')
}

function firstGiven (...values: unknown[]): unknown {
  return values.find(given)
}

/** One part of a key; what cannot be one becomes something that no key has. */
function word (value: unknown): string {
  return typeof value === 'string' && !value.includes('.') ? value.trim() : '?'
}
