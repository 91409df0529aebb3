import type { TestCredentials } from './credentials.js'
import { openEnvelope } from './reply-envelope.js'
import {
  readReplyMessage, replyKind, replyProblems, replyText, type AnsweredMessage, type ReplyMessage
} from './reply-message.js'
import type { WireAnswer } from './transport.js'
import type { EnvelopeStyle } from './wire.js'

/** An answer to a message, opened. */
export interface WecomReply {
  /** The HTTP status. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * What the server is saying: a passive reply, nothing, `success`, no (another status than 200), or something WeCom
   * cannot read.
   */
  readonly answer: 'reply' | 'empty' | 'success' | 'refused' | 'unreadable'
  /** The decrypted text; `''` where there is none. */
  readonly plaintext: string
  /** The reply as an object. */
  readonly message: ReplyMessage | undefined
  /** The reply's MsgType, msgtype or response_type. */
  readonly kind: string | undefined
  /** The text in it, whatever the scene: Content, text.content, stream.content, … */
  readonly text: string | undefined
  readonly receiveId: string | undefined
  /** Of the answer's envelope. */
  readonly timestamp: string | undefined
  /** Of the answer's envelope. */
  readonly nonce: string | undefined
  /** The body as it came. */
  readonly raw: string
  /** From sending to the last byte of the answer. */
  readonly ms: number
  /** What WeCom would not like, most important first; empty where all is well. */
  readonly problems: readonly ReplyProblem[]
}

export interface ReplyProblem {
  code: 'status' | 'not-encrypted' | 'format' | 'too-large'
  /** A whole sentence. */
  text: string
}

/** What the request was, as far as the answer has to fit it. */
export interface Asked extends AnsweredMessage {
  /** How the message's envelope was written. */
  envelope: EnvelopeStyle
  nonce: string
}

/** Opens an answer. Never throws: what is wrong is listed in `problems`. */
export function openReply (
  credentials: TestCredentials,
  { status, headers, body, cut, ms }: WireAnswer,
  asked: Asked
): WecomReply {
  const raw = body.toString()
  const bare = {
    status,
    headers,
    plaintext: '',
    message: undefined,
    kind: undefined,
    text: undefined,
    receiveId: undefined,
    timestamp: undefined,
    nonce: undefined,
    raw,
    ms
  }
  const unreadable = (code: ReplyProblem['code'], text: string): WecomReply => ({
    ...bare,
    answer: 'unreadable',
    problems: [{ code, text }]
  })
  if (status !== 200) {
    return {
      ...bare,
      answer: 'refused',
      problems: [{ code: 'status', text: `The status is ${status}; WeCom takes anything but 200 for a failure.` }]
    }
  }
  if (raw === '') return { ...bare, answer: 'empty', problems: [] }
  if (raw === 'success') return { ...bare, answer: 'success', problems: [] }
  if (cut) return unreadable('too-large', 'The answer is larger than any reply: it was not read to its end.')
  const opened = openEnvelope(credentials, raw, asked.envelope)
  if (opened === undefined) return unreadable('not-encrypted', `The answer is not encrypted: ${describeBody(raw)}.`)
  const { plaintext, receiveId, timestamp, nonce, problems: texts } = opened
  const read = readReplyMessage(plaintext)
  const message = read?.message
  if (asked.product === 'aibot' && nonce !== undefined && nonce !== asked.nonce) {
    texts.push('Bots must answer with the nonce of the request.')
  }
  if (read !== undefined) texts.push(...replyProblems(read.message, read.format, asked))
  else if (receiveId !== undefined) texts.push('What is encrypted is neither XML nor a JSON object.')
  return {
    ...bare,
    answer: read === undefined ? 'unreadable' : 'reply',
    plaintext,
    message,
    kind: message === undefined ? undefined : replyKind(message),
    text: message === undefined ? undefined : replyText(message),
    receiveId,
    timestamp,
    nonce,
    problems: texts.map(text => ({ code: 'format', text }))
  }
}

/** What a body that is no envelope seems to be. Quotes no more than its beginning. */
export function describeBody (raw: string): string {
  const text = raw.replace(/^\uFEFF/, '').trim()
  const start = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  if (text === '') return 'nothing but white space'
  if (/^<(!doctype )?html/i.test(text)) return `an HTML page, ${start}`
  if (/^<xml>/.test(text)) {
    return /<MsgType>/.test(text) ? `a passive reply in clear, ${start}` : `XML without Encrypt, ${start}`
  }
  if (/^[{[]/.test(text)) {
    return /"(msgtype|MsgType|response_type)"/.test(text)
      ? `a reply in clear, ${start}`
      : `JSON without encrypt, ${start}`
  }
  return `text, ${start}`
}
