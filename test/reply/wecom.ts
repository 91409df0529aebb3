import { readFileSync } from 'node:fs'
import type { Reply } from '../../src/index.js'
import type { Answered } from '../../src/reply/answered.js'
import { kindOf } from '../../src/message/kind.js'
import { createReceiver } from '../../src/receiver/index.js'
import { decryptRaw, encrypt, sign } from '../support/wecom-aes.js'

// WeCom's side, written from its documents alone: nothing here comes from src but the receiver that is tested.

const TOKEN = 'QDG6eK'
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
export const CORP = 'ww1a2b3c4d5e6f7081'
export const MEMBER = 'zhangsan'

export interface Entry {
  format: string
  scene: string
  msgType: string
  variant?: string
  sample: string | Record<string, unknown>
  sampleJson?: Record<string, unknown>
  fields?: Array<{ path: string, type?: string, required?: boolean, limit?: string, limitKind?: string }>
}

export const ENTRIES: Entry[] = JSON.parse(readFileSync(new URL('replies.json', import.meta.url), 'utf8'))

export function nameOf ({ format, scene, msgType, variant }: Entry): string {
  return [format, scene, msgType, variant].filter(Boolean).join(' ')
}

/** A message of the kind, as an object. */
export function messageOf (key: string, format: 'xml' | 'json' = key.startsWith('aibot') ? 'json' : 'xml'): Record<string, unknown> {
  const [head = '', ...rest] = key.split('.')
  const bot = { msgid: 'CAIQ0a1b', aibotid: 'aib0a1b', chattype: 'single', from: { userid: MEMBER } }
  if (key === 'aibot.stream') return { ...bot, msgtype: 'stream', stream: { id: 'stream-0a1b2c' } }
  if (key === 'aibot.event.template_card_event') {
    return { ...bot, msgtype: 'event', event: { eventtype: 'template_card_event', template_card_event: { card_type: 'button_interaction', event_key: 'agree', task_id: 'task_20251231_02' } } }
  }
  if (head === 'aibot' && rest[0] === 'event') return { ...bot, msgtype: 'event', event: { eventtype: rest[1] } }
  if (head === 'aibot') return { ...bot, msgtype: rest[0], [rest[0] as string]: { content: 'hi' } }
  if (head === 'groupbot') {
    return format === 'xml'
      ? { WebhookUrl: 'https://example.invalid/w', MsgId: 'a1', ChatType: 'group', MsgType: 'text', Text: { Content: 'hi' } }
      : { webhook_url: 'https://example.invalid/w', msgid: 'a1', chattype: 'group', msgtype: 'text', text: { content: 'hi' } }
  }
  if (head === 'info') return { SuiteId: CORP, TimeStamp: 1767168000, InfoType: rest[0] }
  const app = { ToUserName: CORP, FromUserName: MEMBER, CreateTime: 1767168000, AgentID: '1000002' }
  if (head === 'event') return { ...app, MsgType: 'event', Event: rest[0], ...(rest[1] === undefined ? {} : { ChangeType: rest[1] }) }
  return { ...app, MsgType: head, MsgId: '7000000000000000001', ...(head === 'text' ? { Content: 'hi' } : {}) }
}

/** What `composeReply` is told of a message of the kind. */
export function answered (key: string, format: 'xml' | 'json' = key.startsWith('aibot') ? 'json' : 'xml', changes: Record<string, unknown> = {}): Answered {
  const message = { ...messageOf(key, format), ...changes }
  return { message, format, kind: kindOf(message) }
}

/** Sends a message to a receiver, encrypted, has it answered, and opens the answer; '' where it is empty. */
export async function exchange (message: Record<string, unknown>, format: 'xml' | 'json', reply: Reply): Promise<string> {
  const receiveId = 'ToUserName' in message ? CORP : ''
  const receiver = createReceiver({ credentials: { token: TOKEN, encodingAESKey: AES_KEY, receiveId } })
  const plaintext = format === 'json' ? JSON.stringify(message) : `<xml>${toXml(message)}</xml>`
  const encrypted = encrypt(AES_KEY, plaintext, receiveId)
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), '1372623149']
  const callback = await receiver.receive({
    query: { msg_signature: sign(TOKEN, timestamp, nonce, encrypted), timestamp, nonce },
    body: format === 'json' ? JSON.stringify({ encrypt: encrypted }) : `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
  })
  const { body } = receiver.answer(callback, reply)
  return body === '' ? '' : open(body, format, nonce, receiveId)
}

function open (body: string, format: 'xml' | 'json', nonce: string, receiveId: string): string {
  const field = (xml: string, json: string): string => {
    const value: unknown = format === 'json' ? JSON.parse(body)[json] : new RegExp(`<${xml}>(?:<!\\[CDATA\\[)?([^\\]<]*)`).exec(body)?.[1]
    if (typeof value !== 'string') throw new Error(`no ${xml} in the envelope`)
    return value
  }
  const sealed = field('Encrypt', 'encrypt')
  if (field('Nonce', 'nonce') !== nonce) throw new Error('another nonce')
  if (field('MsgSignature', 'msgsignature') !== sign(TOKEN, field('TimeStamp', 'timestamp'), nonce, sealed)) throw new Error('the signature is wrong')
  const padded = decryptRaw(AES_KEY, sealed)
  const plain = padded.subarray(16, padded.length - (padded.at(-1) as number))
  const length = plain.readUInt32BE(0)
  if (plain.subarray(4 + length).toString() !== receiveId) throw new Error('another receiveId')
  return plain.subarray(4, 4 + length).toString()
}

function toXml (value: Record<string, unknown>): string {
  return Object.entries(value).map(([name, inner]) => `<${name}>${typeof inner === 'object' ? toXml(inner as Record<string, unknown>) : String(inner)}</${name}>`).join('')
}

/** An element: its name, and its text or its children. */
export type Tree = [name: string, content: string | Tree[]]

/** A strict little XML reader: elements, text, CDATA, the five entities; no attributes. Line ends as XML 1.0 section 2.11 has them. */
export function readTree (xml: string): Tree {
  // eslint-disable-next-line no-control-regex -- what XML 1.0 section 2.2 forbids
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml) || !xml.isWellFormed()) throw new Error('a character that XML forbids')
  const source = xml.replace(/\r\n?/g, '\n')
  const tokens = /<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z_][\w.-]*)>|([^<]+)/gy
  const top: Tree[] = []
  const stack: Array<{ name: string, text: string, children: Tree[] }> = [{ name: '', text: '', children: top }]
  while (tokens.lastIndex < source.length) {
    const match = tokens.exec(source)
    if (match === null) throw new Error('no well-formed XML')
    const [, cdata, slash, name, text] = match
    const open = stack.at(-1) as typeof stack[number]
    if (cdata !== undefined) open.text += cdata
    else if (text !== undefined) open.text += decode(text)
    else if (slash === '') stack.push({ name: name as string, text: '', children: [] })
    else {
      if (stack.pop() !== open || open.name !== name) throw new Error(`</${name}> closes <${open.name}>`)
      const parent = stack.at(-1) as typeof stack[number]
      if (open.children.length > 0 && open.text !== '') throw new Error('text beside elements')
      parent.children.push([open.name, open.children.length > 0 ? open.children : open.text])
    }
  }
  if (stack.length !== 1 || top.length !== 1) throw new Error('no single root')
  return top[0] as Tree
}

function decode (text: string): string {
  if (text.includes(']]>')) throw new Error(']]> outside of CDATA')
  return text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d+));/g, (_, name, code) => name === undefined ? String.fromCodePoint(Number(code)) : ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" } as Record<string, string>)[name] as string)
}
