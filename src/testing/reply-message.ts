import type { Product } from '../message/kind.js'
import { parseXmlMessage } from '../message/parse.js'

/** A decrypted reply as an object, WeCom's own field names. The fields named here are those tests look at most. */
export interface ReplyMessage {
  readonly MsgType?: string
  readonly Content?: string
  readonly ToUserName?: string
  readonly FromUserName?: string
  readonly CreateTime?: string | number
  readonly msgtype?: string
  readonly response_type?: string
  readonly text?: { readonly content?: string }
  readonly stream?: {
    readonly id?: string
    readonly finish?: boolean
    readonly content?: string
    readonly msg_item?: unknown
    readonly feedback?: unknown
  }
  readonly [field: string]: unknown
}

/** What was answered: which message, of which scene. */
export interface AnsweredMessage {
  product: Product
  format: 'xml' | 'json'
  message: Readonly<Record<string, unknown>>
}

/** Bytes of a stream's content (page 101031). */
const STREAM_BYTES = 20_480

/** What to say of a stream's content that is longer than WeCom takes. */
export function overLimit (content: string): string | undefined {
  return Buffer.byteLength(content) > STREAM_BYTES ? `stream.content has more than ${STREAM_BYTES} bytes.` : undefined
}

/** XML or JSON text to an object: text from XML, a list where a name repeats. */
export function readReplyMessage (plaintext: string): { message: ReplyMessage, format: 'xml' | 'json' } | undefined {
  const text = plaintext.trim()
  try {
    if (text.startsWith('<')) return { message: parseXmlMessage(text), format: 'xml' }
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { message: value as ReplyMessage, format: 'json' }
    }
  } catch {}
  return undefined
}

/** `text`, `stream`, `update_template_card`, …; `unknown` where the reply doesn't say. */
export function replyKind ({ MsgType, msgtype, response_type: responseType }: ReplyMessage): string {
  return [MsgType, msgtype, responseType].find(type => typeof type === 'string')?.trim() ?? 'unknown'
}

/** What a reader would see of it, in every scene. */
export function replyText ({ Content, Text, text, stream, markdown, Markdown }: ReplyMessage): string | undefined {
  const nested = [Text, text, stream, markdown, Markdown]
    .map(value => (value ?? {}) as { Content?: unknown, content?: unknown })
    .map(value => value.Content ?? value.content)
  return [Content, ...nested].find(value => typeof value === 'string')
}

/** What is wrong with a reply beneath its encryption, in whole sentences (pages 90241, 101031). */
export function replyProblems (message: ReplyMessage, format: 'xml' | 'json', asked: AnsweredMessage): string[] {
  const problems: string[] = []
  if (format !== asked.format) {
    problems.push(`The reply is ${format.toUpperCase()}, but the message was ${asked.format.toUpperCase()}.`)
  }
  if (replyKind(message) === 'unknown') {
    problems.push(`The reply has no ${asked.product === 'aibot' ? 'msgtype' : 'MsgType'}.`)
  }
  if (asked.product === 'app') problems.push(...addressProblems(message, asked.message))
  if (asked.product === 'aibot' && /^stream/.test(message.msgtype ?? '')) problems.push(...streamProblems(message))
  return problems
}

function addressProblems (
  { ToUserName, FromUserName, CreateTime }: ReplyMessage,
  asked: Readonly<Record<string, unknown>>
): string[] {
  const problems: string[] = []
  if (ToUserName !== asked.FromUserName) problems.push('ToUserName must be the FromUserName of the message.')
  if (FromUserName !== asked.ToUserName) problems.push('FromUserName must be the ToUserName of the message.')
  if (!/^\d+$/.test(String(CreateTime ?? ''))) problems.push('CreateTime must be Unix seconds.')
  return problems
}

function streamProblems ({ stream }: ReplyMessage): string[] {
  const { id, content = '' } = stream ?? {}
  const problems: string[] = []
  if (typeof id !== 'string' || id === '') problems.push('stream.id is missing.')
  const long = overLimit(String(content))
  if (long !== undefined) problems.push(long)
  return problems
}
