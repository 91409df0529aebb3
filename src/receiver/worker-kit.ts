import { readableReply } from '../reply/readable.js'
import { composeReply as compose, type Warn } from '../reply/compose.js'
import { parseMessage as parse } from '../message/parse.js'
import type { MessageKey, WecomMessage } from '../message/types.js'
import type { LateReply } from '../reply/types.js'

/** What a decrypted text says. */
export interface ParsedMessage {
  /** The message as a plain object, WeCom's own field names: what `request.wecomMessage` was. */
  message: WecomMessage
  /** Router key; `unknown` for what docs/messages.md does not list. */
  kind: MessageKey | 'unknown'
  /** The message's format; a reply is written in it. */
  format: 'xml' | 'json'
}

/** A reply that was checked against the message it answers. */
export interface ComposedReply {
  /**
   * What `onLateReply` gets: what the handler returned, a `text()` as the object it stands for. Send it by the message
   * API.
   */
  value: LateReply
  /** The plain text that would have been encrypted as passive reply, in the message's own format. */
  text: string
}

/**
 * The typed message in a decrypted text, for who kept `plaintext`: the worker of an inbox.
 *
 * @example
 * ```ts
 * const { message, kind } = parseMessage('<xml><MsgType>text</MsgType><Content>hi</Content></xml>')
 * ```
 *
 * @throws WecomError WECOM_MESSAGE_INVALID
 */
export function parseMessage (plaintext: string): ParsedMessage {
  const { message, kind, format } = parse(plaintext)
  return { message: message as unknown as WecomMessage, kind: kind.key, format }
}

/**
 * Checks what a handler returned for this message, as the server does; `undefined` is nothing to say, which it always
 * is where WeCom takes no passive reply. `warn` is told where a text was cut or a reply ignored; by default the process
 * warns.
 *
 * @example
 * ```ts
 * const plaintext = '<xml><FromUserName>u</FromUserName><ToUserName>t</ToUserName><MsgType>text</MsgType></xml>'
 * const reply = composeReply(plaintext, text('你好'))?.value
 * ```
 *
 * @throws WecomError WECOM_REPLY_INVALID, WECOM_MESSAGE_INVALID
 */
export function composeReply (plaintext: string, reply: unknown, warn?: Warn): ComposedReply | undefined {
  // Read anew: the handler may have changed the message it was given.
  const answered = parse(plaintext)
  const text = compose(reply, answered, warn)
  return text === '' ? undefined : { value: readableReply(reply, answered.message), text }
}
