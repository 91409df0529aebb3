import { randomUUID } from 'node:crypto'
import { quote, type WecomError } from '../errors.js'
import { keysTaking, takesPassiveReply, type Kind } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { asItIs, fitsCdata, writeElements, XmlWriteFault } from '../xml/write.js'
import { acceptedKinds, isKnownKind, shapeOf, wrongKind, type Named } from './accepted.js'
import type { Answered, AnsweredFields } from './answered.js'
import { checkReply, cleanText, isObject, type Checking } from './check.js'
import { complete, checkIds } from './complete.js'
import { cutText } from './cut.js'
import { toCamelCase, toSnakeCase } from './groupbot-json.js'
import { invalidReply } from './invalid.js'
import { STREAM_CONTENT_BYTES } from './limits/aibot.js'
import { APP_REPLIES } from './limits/app.js'
import { checkOwnText } from './own-text.js'
import { checkSpelling } from './spelling.js'
import { isStream, misplacedStream } from './stream-reply.js'
import { contentOf, isText, TEXT } from './text.js'
import { typeName } from './type-name.js'

export type { Answered } from './answered.js'

/** Told once of a reply that was cut or ignored; the text holds names and sizes, nothing of the content. */
export type Warn = (text: string, code: 'WECOM_REPLY_CUT' | 'WECOM_REPLY_IGNORED' | 'WECOM_MESSAGE_DAMAGED') => void

/**
 * A reply value to the text that gets encrypted, in the message's own format; `''` is nothing to say. Where WeCom takes
 * no passive reply, whatever a handler returned is nothing to say; what can only be a reply is warned about.
 *
 * `warn` defaults to a process warning, as a caller without a logger has nothing better.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function composeReply (value: unknown, answered: Answered, warn: Warn = emitWarning): string {
  if (value === undefined || value === '' || value === 'success') return ''
  const { kind, message, format } = answered
  // Nearly every reply is a plain text.
  const written = writeAppText(value, answered)
  if (written !== undefined) return written
  if (!mayBeAnswered(answered)) {
    const reason = takesPassiveReply(kind) ? 'it has no sender' : 'WeCom takes none'
    if (isReplyValue(value)) {
      warn(
        `a reply to a message of kind ${kind.key} was ignored, because ${reason}: return nothing, and use the ` +
          'message API to write to someone',
        'WECOM_REPLY_IGNORED'
      )
    }
    return ''
  }
  // Nobody can tell whether a kind that is not known takes a reply: one is sent, anything else is the handler's own.
  if (kind.key === 'unknown' && !isReplyValue(value) && !isReplyText(value)) return ''
  if (kind.product === 'app' && !hasSender(message)) {
    throw invalidReply({
      expected: 'no passive reply to a message without a sender',
      got: 'one',
      fix: 'Return nothing, and use the message API to write to someone.'
    })
  }
  if (isStream(value)) throw misplacedStream(kind)
  if (typeof value === 'string') return checkOwnText(value, format)
  const cuts: string[] = []
  const reply = isText(value) ? textFor(answered, contentOf(value), cuts) : readReply(value, kind)
  const named = nameOf(reply)
  if (named === undefined) throw noReply(value, kind)
  const shape = shapeOf(named, kind)
  // A group robot's lists are nested in XML alone.
  const nested = format === 'xml' || kind.product !== 'groupbot'
  const checking: Checking = { kind: named.name, format, nested, cuts }
  checkSpelling(reply, named, kind.product)
  const checked = checkReply(complete(reply, answered), shape, checking)
  checkIds(checked, answered)
  const text = write(checked, answered)
  if (cuts.length > 0) {
    warn(
      `a reply of kind ${named.name} to ${kind.key} was cut where WeCom would have cut it: ${cuts.join('; ')}`,
      'WECOM_REPLY_CUT'
    )
  }
  return text
}

export function emitWarning (text: string, code: string): void {
  process.emitWarning(text, { type: 'WecomWarning', code })
}

/** An event of the system that is not known here has nobody to answer, so it is like those that are known. */
function mayBeAnswered ({ kind, message }: Answered): boolean {
  return takesPassiveReply(kind) && !(kind.key === 'unknown' && kind.product === 'app' && !hasSender(message))
}

/** System events come from `sys` or from nobody. */
function hasSender ({ FromUserName }: AnsweredFields): boolean {
  return typeof FromUserName === 'string' && FromUserName !== '' && FromUserName !== 'sys'
}

/**
 * Handlers may return what they like where it is not looked at, even the message itself; this cannot be an accident.
 */
export function isReplyValue (value: unknown): boolean {
  return isText(value) || isStream(value) || isKnownKind(nameOf(value)?.name)
}

/** As far as one can tell without knowing the kind of the message. */
function isReplyText (value: unknown): boolean {
  return typeof value === 'string' && /^\s*<xml>|^\s*\{[^]*"(MsgType|msgtype|response_type)"\s*:/.test(value)
}

function nameOf (value: unknown): Named | undefined {
  if (!isObject(value)) return undefined
  for (const by of NAME_FIELDS) {
    const name = value[by]
    if (typeof name === 'string') return { by, name }
  }
}

const NAME_FIELDS = ['MsgType', 'msgtype', 'response_type'] as const

/** Not yet known to be one. */
function readReply (value: unknown, { product }: Kind): MessageObject {
  return (product === 'groupbot' ? toCamelCase(value) : value) as MessageObject
}

function noReply (value: unknown, kind: Kind): WecomError {
  return invalidReply({
    expected: "a reply: text('…'), { MsgType: … }, { msgtype: … }, or nothing",
    got: Array.isArray(value) ? 'a list' : isObject(value) ? 'an object that names no kind' : typeName(value),
    fix: `For ${kind.key} WeCom takes ${acceptedKinds(kind).join(', ')}. What the handler computes for itself should ` +
      'not be returned.'
  })
}

function textFor ({ kind, message, format }: Answered, content: unknown, cuts: string[]): MessageObject {
  if (typeof content !== 'string') {
    throw invalidReply({
      expected: 'text() to be given a text',
      got: quote(content),
      fix:
        content === undefined || content === null
          ? 'Return nothing where there is nothing to say.'
          : 'Convert it first, as in text(String(value)).'
    })
  }
  const accepted = acceptedKinds(kind)
  // A bot's message of an unknown kind may take a text as well as a stream: most take the stream.
  const takesText = kind.key !== 'unknown' && accepted.includes('text')
  // Checked here, as the error of the field would name one that the caller never wrote. An empty stream is one that
  // ends.
  if (accepted.includes('text') && (kind.product !== 'aibot' || takesText) && isEmpty(content, format)) {
    throw invalidReply({
      expected: 'text() to be given a text that is not empty',
      got: 'an empty one',
      fix: 'WeCom refuses an empty text message: return nothing where there is nothing to say.'
    })
  }
  if (kind.product === 'app' && accepted.includes('text')) return { MsgType: 'text', Content: content }
  if (kind.product === 'groupbot') return { MsgType: 'text', Text: { Content: content } }
  if (takesText) return { msgtype: 'text', text: { content } }
  if (!accepted.includes('stream')) throw wrongKind({ by: 'text()', name: 'text' }, kind)
  // A stream of the caller's own is refused when it is too long; here the stream is ours, so it is made to fit.
  const whole = cleanText(content, format)
  const fitting = cutText(whole, STREAM_CONTENT_BYTES)
  if (fitting !== whole) {
    cuts.push(
      `text() from ${Buffer.byteLength(whole)} to ${Buffer.byteLength(fitting)} bytes of UTF-8 (limit ` +
        `${STREAM_CONTENT_BYTES})`
    )
  }
  const stream = { finish: true, content: fitting }
  return {
    msgtype: 'stream',
    stream: kind.key === 'aibot.stream' && isObject(message.stream) ? stream : { id: randomUUID(), ...stream }
  }
}

/** Whether nothing of a text is left. What begins with a character that stays is not; nearly every text does. */
function isEmpty (text: string, format: 'xml' | 'json'): boolean {
  return cleanText(text.slice(0, 1), format) === '' && cleanText(text, format) === ''
}

function write (reply: MessageObject, { kind, format }: Answered): string {
  if (format === 'json') return JSON.stringify(kind.product === 'groupbot' ? toSnakeCase(reply) : reply)
  try {
    // The check has left no text that XML cannot hold.
    return `<xml>${writeElements(reply, asItIs)}</xml>`
  } catch (fault) {
    if (!(fault instanceof XmlWriteFault)) throw fault
    throw invalidReply({
      expected: 'names and values that XML can hold',
      got: fault.message,
      fix: 'docs/replies.md lists the fields of every kind.'
    })
  }
}

/** The kinds of message that WeCom takes a text for. */
const TAKING_TEXT: ReadonlySet<string> = new Set(keysTaking('text'))

/** Beyond these bytes of UTF-8 the text is cut, which the general way does. */
const CUT_BYTES = APP_REPLIES.text?.fields.Content?.cutBytes ?? 0

/** Surrogates included: that they come in pairs is for the general way to see. */
// eslint-disable-next-line no-control-regex -- what a JSON text may only hold escaped
const UNLIKE_JSON = /["\\\u0000-\u001f\ud800-\udfff]/

/**
 * The text reply of an app (page 90241), written in one go where nothing of it has to be cut, cleaned or refused, as of
 * nearly every reply. Otherwise `undefined`: then the table of limits decides. What is written here, it writes alike.
 */
export function writeAppText (value: unknown, { kind, message, format }: Answered): string | undefined {
  const { FromUserName: to, ToUserName: from } = message
  if (kind.product !== 'app' || !TAKING_TEXT.has(kind.key)) return undefined
  if (typeof to !== 'string' || typeof from !== 'string') return undefined
  if (!hasSender(message) || to.trim() === '' || from.trim() === '') return undefined
  const content = textAlone(value)
  if (typeof content !== 'string' || content === '') return undefined
  if (content.length * 3 > CUT_BYTES && Buffer.byteLength(content) > CUT_BYTES) return undefined
  const fits = format === 'xml' ? fitsCdata : fitsJson
  if (!fits(content) || !fits(to) || !fits(from)) return undefined
  const now = Math.floor(Date.now() / 1000)
  return format === 'xml'
    ? `<xml><ToUserName><![CDATA[${to}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName>` +
      `<CreateTime>${now}</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
      `<Content><![CDATA[${content}]]></Content></xml>`
    : `{"ToUserName":"${to}","FromUserName":"${from}","CreateTime":${now},"MsgType":"text","Content":"${content}"}`
}

/**
 * What `text()` was given, or the Content of `{ MsgType: 'text', Content: '…' }` with no other field; `undefined` for
 * anything else.
 */
function textAlone (value: unknown): unknown {
  if (typeof value === 'object' && value !== null && TEXT in value) return value[TEXT]
  if (!isObject(value) || value.MsgType !== 'text') return undefined
  const names = Object.keys(value)
  return names.length === 2 && names.includes('MsgType') && names.includes('Content') ? value.Content : undefined
}

/** Whether a text stands between the quotes of JSON as it is. */
function fitsJson (text: string): boolean {
  return !UNLIKE_JSON.test(text)
}
