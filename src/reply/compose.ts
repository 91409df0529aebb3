import { randomUUID } from 'node:crypto'
import { quote } from '../errors.js'
import { takesPassiveReply, type Kind } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { writeElements, XmlWriteFault, xmlText } from '../xml/write.js'
import { acceptedKinds, isKnownKind, shapeOf, wrongKind, type Named } from './accepted.js'
import { checkReply, isObject, type Checking } from './check.js'
import { complete, checkIds } from './complete.js'
import { cutText } from './cut.js'
import { toCamelCase, toSnakeCase } from './groupbot-json.js'
import { invalidReply } from './invalid.js'
import { STREAM_CONTENT_BYTES } from './limits/aibot.js'
import type { Shape } from './limits/field.js'
import { textOf } from './text.js'

/** What composing needs to know of the message that is answered. */
export interface Answered {
  message: MessageObject
  kind: Kind
  format: 'xml' | 'json'
}

/** Told once of a reply that was cut; the text holds names and sizes, nothing of the content. */
export type Warn = (text: string) => void

/**
 * A reply value to the text that gets encrypted, in the message's own format; `''` is nothing to say. Where WeCom takes no
 * passive reply, whatever a handler returned is nothing to say.
 *
 * `warn` defaults to a process warning, as a caller without a logger has nothing better.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function composeReply (value: unknown, answered: Answered, warn: Warn = emitWarning): string {
  if (value === undefined || value === '' || value === 'success') return ''
  const { kind, message, format } = answered
  if (kind.scene === 'app' && !hasSender(message) && isMeantAsReply(value)) {
    throw invalidReply({ expected: 'no passive reply to a message of the system itself', got: 'one', fix: 'Return nothing, and send by the message API to whom it may concern.' })
  }
  if (!takesPassiveReply(kind)) return ''
  // Nobody can tell whether a kind that is not known takes a reply: one is sent, anything else is the handler's own.
  if (kind.key === 'unknown' && !isMeantAsReply(value)) return ''
  if (typeof value === 'string') return checkString(value, kind)
  const checking: Checking = { kind: 'text', clean: format === 'xml' ? xmlText : text => text.toWellFormed(), cuts: [] }
  const content = textOf(value)
  const reply = content === undefined ? readReply(value, kind) : textFor(answered, content, checking)
  const named = nameOf(reply) as Named
  const shape = shapeOf(named, kind)
  checking.kind = named.name
  const checked = checkReply(complete(reply, answered), shape, checking)
  checkIds(checked, answered)
  const text = write(checked, shape, answered)
  if (checking.cuts.length > 0) {
    warn(`a reply of kind ${named.name} to ${kind.key} was cut where WeCom would have cut it: ${checking.cuts.join('; ')}`)
  }
  return text
}

function emitWarning (text: string): void {
  process.emitWarning(text, { type: 'WecomWarning', code: 'WECOM_REPLY_CUT' })
}

/** System events come from `sys` or from nobody. */
function hasSender ({ FromUserName }: MessageObject): boolean {
  return typeof FromUserName === 'string' && FromUserName !== '' && FromUserName !== 'sys'
}

/** Handlers of system events may return what they like, even the message itself; only what cannot be an accident is a reply. */
function isMeantAsReply (value: unknown): boolean {
  if (typeof value === 'string') return /^\s*<xml>|^\s*\{[^]*"(MsgType|msgtype|response_type)"\s*:/.test(value)
  return textOf(value) !== undefined || isKnownKind(nameOf(value)?.name)
}

function nameOf (value: unknown): Named | undefined {
  if (!isObject(value)) return undefined
  for (const by of ['MsgType', 'msgtype', 'response_type'] as const) {
    const name = value[by]
    if (typeof name === 'string') return { by, name }
  }
}

function readReply (value: unknown, kind: Kind): MessageObject {
  const reply = kind.scene === 'groupbot' ? toCamelCase(value) : value
  if (nameOf(reply) !== undefined) return reply as MessageObject
  throw invalidReply({
    expected: "a reply: text('…'), { MsgType: … }, { msgtype: … }, or nothing",
    got: Array.isArray(value) ? 'a list' : isObject(value) ? 'an object that names no kind' : quote(value),
    fix: `For ${kind.key} WeCom takes ${acceptedKinds(kind).join(', ')}. What the handler computes for itself should not be returned.`
  })
}

function textFor ({ kind, message }: Answered, content: unknown, { clean, cuts }: Checking): MessageObject {
  if (typeof content !== 'string') {
    throw invalidReply({ expected: 'text() to be given a text', got: quote(content), fix: 'Convert it first, as in text(String(value)).' })
  }
  const accepted = acceptedKinds(kind)
  if (kind.scene === 'app' && accepted.includes('text')) return { MsgType: 'text', Content: content }
  if (kind.scene === 'groupbot') return { MsgType: 'text', Text: { Content: content } }
  if (kind.key === 'aibot.event.enter_chat') return { msgtype: 'text', text: { content } }
  if (!accepted.includes('stream')) throw wrongKind({ by: 'text()', name: 'text' }, kind)
  // A stream of the caller's own is refused when it is too long; here the stream is ours, so it is made to fit.
  const whole = clean(content)
  const fitting = cutText(whole, STREAM_CONTENT_BYTES)
  if (fitting !== whole) cuts.push(`text() from ${Buffer.byteLength(whole)} to ${Buffer.byteLength(fitting)} bytes of UTF-8 (limit ${STREAM_CONTENT_BYTES})`)
  const stream = { finish: true, content: fitting }
  return { msgtype: 'stream', stream: kind.key === 'aibot.stream' && isObject(message.stream) ? stream : { id: randomUUID(), ...stream } }
}

function checkString (value: string, { scene }: Kind): string {
  if (!value.isWellFormed()) throw invalidReply({ expected: 'text that UTF-8 can carry', got: 'half a surrogate pair', fix: 'The text was probably cut in the middle of an emoji: cut it between code points, or use toWellFormed().' })
  if (scene === 'aibot' ? /^\s*\{/.test(value) : /^\s*[<{]/.test(value)) return value
  throw invalidReply({
    expected: `${scene === 'aibot' ? 'JSON text' : 'XML or JSON text'}, or a reply value`,
    got: 'other text',
    fix: "To answer with a text message, return text('…')."
  })
}

function write (reply: MessageObject, shape: Shape, { kind, format }: Answered): string {
  if (format === 'json') return JSON.stringify(kind.scene === 'groupbot' ? toSnakeCase(reply) : nest(reply, shape))
  try {
    return `<xml>${writeElements(nest(reply, shape))}</xml>`
  } catch (fault) {
    if (!(fault instanceof XmlWriteFault)) throw fault
    throw invalidReply({ expected: 'names and values that XML can hold', got: fault.message, fix: 'docs/replies.md lists the fields of every kind.' })
  }
}

/** Lists as WeCom's XML nests them, `<Articles><item>…</item></Articles>`; an empty one is left out. */
function nest (values: MessageObject, { fields }: Shape): MessageObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => {
    const { item, type, shape } = fields[name] ?? {}
    if (item !== undefined) return [name, (value as unknown[]).length > 0 ? { [item]: value } : undefined]
    return [name, type === 'object' && shape !== undefined ? nest(value as MessageObject, shape) : value]
  }))
}
