import { randomUUID } from 'node:crypto'
import { quote, wecomError } from '../errors.js'
import { takesPassiveReply, type Kind } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { writeElements, XmlWriteFault } from '../xml/write.js'
import { textOf } from './types.js'

/** What composing needs to know of the message that is answered. */
export interface Answered {
  message: MessageObject
  kind: Kind
  format: 'xml' | 'json'
}

/**
 * A reply value to the text that gets encrypted, in the message's own format; `''` is nothing to say. Where WeCom takes no
 * passive reply, whatever a handler returned is nothing to say.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function composeReply (value: unknown, answered: Answered): string {
  if (value === undefined || value === '' || value === 'success') return ''
  if (isReply(value) && answered.kind.scene === 'app' && !hasSender(answered.message)) {
    throw invalid('no passive reply to a message of the system itself', 'one', 'Return nothing, and send by the message API to whom it may concern.')
  }
  if (!takesPassiveReply(answered.kind)) return ''
  // Nobody can tell whether a kind that is not known takes a reply: one is sent, anything else is the handler's own.
  if (answered.kind.key === 'unknown' && !isReply(value)) return ''
  if (typeof value === 'string') return checkText(value)
  if (!isReply(value)) {
    throw invalid("a reply: text('…'), { MsgType: … }, { msgtype: … }, or nothing", Array.isArray(value) ? 'a list' : value === null ? 'null' : quote(value),
      'Return a reply value, or nothing; what the handler computes for itself should not be returned.')
  }
  const content = textOf(value)
  const reply = content === undefined ? value as MessageObject : textFor(answered, checkContent(content))
  return write(reply, answered)
}

function isReply (value: unknown): boolean {
  if (typeof value === 'string') return true
  if (typeof value !== 'object' || value === null) return false
  const { MsgType, msgtype, response_type: responseType } = value as MessageObject
  return textOf(value) !== undefined || [MsgType, msgtype, responseType].some(kind => typeof kind === 'string')
}

/** System events come from `sys` or from nobody. */
function hasSender ({ FromUserName }: MessageObject): boolean {
  return typeof FromUserName === 'string' && FromUserName !== '' && FromUserName !== 'sys'
}

function textFor ({ kind, format }: Answered, content: string): MessageObject {
  if (kind.scene === 'app') return { MsgType: 'text', Content: content }
  if (kind.scene === 'groupbot') {
    return format === 'xml' ? { MsgType: 'text', Text: { Content: content } } : { msgtype: 'text', text: { content } }
  }
  if (kind.key === 'aibot.event.enter_chat') return { msgtype: 'text', text: { content } }
  return { msgtype: 'stream', stream: { id: randomUUID(), finish: true, content } }
}

function write (reply: MessageObject, { message, kind, format }: Answered): string {
  const complete = kind.scene === 'app' ? { ...addressed(message), ...reply } : reply
  if (format === 'json') return JSON.stringify(complete)
  try {
    return `<xml>${writeElements(complete)}</xml>`
  } catch (fault) {
    if (!(fault instanceof XmlWriteFault)) throw fault
    throw invalid('a reply of texts, finite numbers, booleans, objects and lists', fault.message, 'See docs for the fields of the reply kind.')
  }
}

/** Sender and receiver change places (page 90241). */
function addressed ({ ToUserName, FromUserName }: MessageObject): MessageObject {
  return { ToUserName: FromUserName, FromUserName: ToUserName, CreateTime: Math.floor(Date.now() / 1000) }
}

function checkContent (content: unknown): string {
  if (typeof content === 'string') return content
  throw invalid('text() to be given a text', quote(content), 'Convert it first, as in text(String(value)).')
}

function checkText (value: string): string {
  if (/^\s*[<{]/.test(value)) return value
  throw invalid('XML or JSON text, or a reply value', 'other text', "To answer with a text message, return text('…').")
}

function invalid (expected: string, got: string, fix: string): Error {
  return wecomError('WECOM_REPLY_INVALID', { expected, got, fix })
}
