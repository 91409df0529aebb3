import { openReply, signMessage, type Settings } from '../support/requests.js'

export type Format = 'xml' | 'json'

/** One callback URL for every server. */
export const SETTINGS: Settings = {
  token: 'QDG6eKzT0yXh',
  encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  receiveId: 'ww1234567890abcdef'
}
export const PATH = '/cb'

/** What a person might have typed: three bytes a character for the most part. */
const TYPED = '张三：今天下午三点在二楼会议室开会，请带上季度报表 (Q3 report, v2.1) 和差旅单据；收到请回复。'

/** Text of this many bytes. */
export function typed (bytes: number): string {
  const text = TYPED.repeat(Math.ceil(bytes / Buffer.byteLength(TYPED)))
  let end = Math.min(text.length, bytes)
  while (Buffer.byteLength(text.slice(0, end)) > bytes) end--
  return text.slice(0, end).padEnd(end + bytes - Buffer.byteLength(text.slice(0, end)), '.')
}

/** Beside the text: names, ids, tags. A message of 1 KB is that and 700 bytes of text. */
export const AROUND_TEXT = 324

// Unlike for each run, as servers remember what they have had.
let id = BigInt(Date.now()) * 1_000_000n

/** A text message with an id that no other one has. */
export function plaintext (format: Format, content: string): string {
  const created = Math.floor(Date.now() / 1000)
  id++
  return format === 'xml'
    ? `<xml><ToUserName><![CDATA[${SETTINGS.receiveId}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>${created}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId><AgentID>1000002</AgentID></xml>`
    : `{"ToUserName":"${SETTINGS.receiveId}","FromUserName":"zhangsan","CreateTime":${created},"MsgType":"text","Content":"${content}","MsgId":${id},"AgentID":1000002}`
}

export interface RequestOptions {
  /** Signed by somebody else. */
  forged?: boolean
  settings?: Settings
}

/** The bytes of one HTTP request, as WeCom pushes a message. */
export function request (format: Format, content: string, { forged = false, settings = SETTINGS }: RequestOptions = {}): Buffer {
  const { query, body } = signMessage(settings, plaintext(format, content), format)
  if (forged) query.msg_signature = '0'.repeat(40)
  return post(format, new URLSearchParams(query).toString(), Buffer.from(body))
}

/** The bytes of one HTTP request. */
export function post (format: Format, query: string, body: Buffer): Buffer {
  const head = `POST ${PATH}?${query} HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n` +
    `Content-Type: ${format === 'xml' ? 'text/xml' : 'application/json'}\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** The text of an encrypted reply; throws where signature, receiveId or shape are not as WeCom has them. */
export function replyText (format: Format, body: string, settings = SETTINGS): string {
  const { plaintext, receiveId } = openReply(settings, body, format)
  if (receiveId !== settings.receiveId) throw new Error(`the answer is for ${receiveId}`)
  if (format === 'json') return JSON.parse(plaintext).Content
  const start = plaintext.indexOf('<Content><![CDATA[') + '<Content><![CDATA['.length
  return plaintext.slice(start, plaintext.indexOf(']]></Content>', start))
}
