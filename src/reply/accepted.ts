import type { WecomError } from '../errors.js'
import { keysTaking, replyKindsOf, type Kind, type Product } from '../message/kind.js'
import { invalidReply } from './invalid.js'
import { AIBOT_REPLIES } from './limits/aibot.js'
import { APP_REPLIES } from './limits/app.js'
import type { Shape } from './limits/field.js'
import { GROUPBOT_REPLIES } from './limits/groupbot.js'
import { wordOr } from './type-name.js'

/** The field that names the kind of a reply, and the kind. */
export interface Named {
  by: 'MsgType' | 'msgtype' | 'response_type' | 'text()'
  name: string
}

/**
 * The reply kinds that WeCom takes for a message [90241, 101031, 99399]; what a kind unknown here takes is not known
 * either.
 */
export function acceptedKinds ({ product, key }: Kind): readonly string[] {
  return replyKindsOf(key) ?? Object.keys(repliesOf(product))
}

/**
 * The shape of a reply of this kind to this message.
 *
 * @throws WecomError WECOM_REPLY_INVALID, which names the kinds that WeCom takes, for one that it would ignore
 */
export function shapeOf (named: Named, kind: Kind): Shape {
  const { by, name } = named
  if (acceptedKinds(kind).includes(name) && by === nameField(name, kind)) return repliesOf(kind.product)[name] as Shape
  throw wrongKind(named, kind)
}

export function wrongKind (named: Named, kind: Kind): WecomError {
  const accepted = acceptedKinds(kind)
  const choice = accepted.map(name => `{ ${nameField(name, kind)}: '${name}' }`).join(', ')
  return invalidReply({
    expected: `a reply of a kind that WeCom takes for ${kind.key}: ${choice}`,
    got: named.by === 'text()' ? 'text()' : `{ ${named.by}: ${wordOr(named.name, 'a text that is not a kind')} }`,
    fix: hint(named, kind, accepted)
  })
}

/** Whether a kind is one of WeCom's, of whatever scene: what else a handler returns is no reply. */
export function isKnownKind (name: unknown): boolean {
  return (
    typeof name === 'string' &&
    [APP_REPLIES, AIBOT_REPLIES, GROUPBOT_REPLIES].some(shapes => Object.hasOwn(shapes, name))
  )
}

function repliesOf (product: Product): Readonly<Record<string, Shape>> {
  return product === 'aibot' ? AIBOT_REPLIES : product === 'groupbot' ? GROUPBOT_REPLIES : APP_REPLIES
}

function nameField (name: string, { product }: Kind): Named['by'] {
  if (product !== 'aibot') return 'MsgType'
  return name === 'update_template_card' ? 'response_type' : 'msgtype'
}

function hint ({ by, name }: Named, kind: Kind, accepted: readonly string[]): string {
  if (kind.product === 'groupbot') {
    return "Use text('…') or { MsgType: 'markdown', Markdown: { Content } }; other kinds go to the robot's WebhookUrl."
  }
  return kind.product === 'aibot' ? aibotHint(by, name, kind, accepted) : appHint(by, name, kind, accepted)
}

function appHint (by: Named['by'], name: string, { key }: Kind, accepted: readonly string[]): string {
  if (key === 'event.template_card_event') {
    return "The answer can only change the card: updateButton('…') or a whole card. Send anything else by the " +
      'message API.'
  }
  if (key === 'event.taskcard_click') {
    return 'The answer can only change the button of the task card. Send anything else with the message API.'
  }
  if (by !== 'MsgType') {
    return "An app's replies are spelled as WeCom's page 90241 does, { MsgType: … }; text('…') fits every scene."
  }
  if (!accepted.includes(name) && name.startsWith('update_')) {
    const cure =
      name === 'update_template_card' ? "; at other times use WeCom's update API with the event's ResponseCode" : ''
    return `It answers ${eventsTaking(name, 'event.')} only${cure}.`
  }
  return "Answer with one of these, as in text('…'); send other kinds with the message API."
}

function aibotHint (by: Named['by'], name: string, { key }: Kind, accepted: readonly string[]): string {
  if (key === 'aibot.event.template_card_event') {
    return 'The answer can only change the card; post anything else to the response_url of the event.'
  }
  if (by === 'MsgType') return "A bot's replies are spelled in lower case, { msgtype: … }; text('…') fits every scene."
  if (accepted.includes(name)) return `Name the kind by ${nameField(name, { product: 'aibot', key })}.`
  if (key === 'aibot.event.enter_chat') return "The welcome is text('…') or a template card."
  if (name === 'text') {
    const where = eventsTaking(name, 'aibot.event.')
    return `Use text('…'), which is sent as a finished stream, or a stream; WeCom takes kind text for ${where} only.`
  }
  if (name === 'markdown') {
    return "A stream's content is markdown: use text('…') or a stream; kind markdown itself goes to the response_url " +
      'only.'
  }
  if (name === 'template_card') {
    return "A refresh takes the card with the stream: { msgtype: 'stream_with_template_card' }."
  }
  if (name === 'update_template_card') return `It answers ${eventsTaking(name, 'aibot.event.')} only.`
  return "Use text('…'), a stream, whose content is markdown and may end with pictures, or a template card."
}

/** The events of a product that a reply of this kind is taken for, by name. */
function eventsTaking (name: string, prefix: string): string {
  return keysTaking(name).filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length)).join(' and ')
}
