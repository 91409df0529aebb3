import { randomBytes } from 'node:crypto'
import { decryptRaw, encrypt, encryptRaw, pad, sign } from './wecom-aes.js'

export { uint32 } from './wecom-aes.js'

// WeCom's side of the wire, written from page 90968 and never from src, so that tests do not prove src against itself.

/** The settings of one callback URL. */
export interface Settings {
  token: string
  encodingAESKey: string
  receiveId: string
}

/** How the envelope is written: XML, JSON with `encrypt`, JSON with `Encrypt`. */
export type Style = 'xml' | 'json' | 'Json'

export interface SignedRequest {
  query: { msg_signature: string, timestamp: string, nonce: string }
  body: string
}

/** What may be fixed; the rest is now and random. */
export interface Stamp {
  timestamp?: string
  nonce?: string
}

/** What was in an encrypted answer. */
export interface OpenedReply {
  plaintext: string
  receiveId: string
  timestamp: string
  nonce: string
}

/** Fresh settings with a random key; `receiveId` defaults to a corpid. */
export function newSettings (receiveId = 'ww1234567890abcdef'): Settings {
  return { token: `Tk${randomBytes(8).toString('hex')}`, encodingAESKey: randomBytes(32).toString('base64').slice(0, 43), receiveId }
}

/** A message as WeCom pushes it. */
export function signMessage (settings: Settings, plaintext: string, style: Style = 'xml', stamp: Stamp = {}): SignedRequest {
  const encrypted = encryptText(settings, plaintext)
  return { query: signQuery(settings, encrypted, stamp), body: envelope(encrypted, style, settings.receiveId) }
}

/** The query of URL verification. */
export function signEcho (settings: Settings, plaintext: string | Buffer, stamp: Stamp = {}): SignedRequest['query'] & { echostr: string } {
  const echostr = encryptText(settings, plaintext)
  return { ...signQuery(settings, echostr, stamp), echostr }
}

export function signQuery ({ token }: Settings, encrypted: string, { timestamp = nowSeconds(), nonce = randomBytes(6).toString('hex') }: Stamp = {}): SignedRequest['query'] {
  return { msg_signature: sign(token, timestamp, nonce, encrypted), timestamp, nonce }
}

export function encryptText ({ encodingAESKey, receiveId }: Settings, plaintext: string | Buffer): string {
  return encrypt(encodingAESKey, plaintext, receiveId)
}

/** Pads, by WeCom's rule to blocks of 32, and encrypts: also what no honest sender would send. */
export function encryptBytes (encodingAESKey: string, bytes: Buffer, block = 32): string {
  return encryptRaw(encodingAESKey, pad(bytes, block))
}

export function envelope (encrypted: string, style: Style, toUserName: string): string {
  if (style === 'json') return JSON.stringify({ tousername: toUserName, encrypt: encrypted, agentid: '218' })
  if (style === 'Json') return JSON.stringify({ ToUserName: toUserName, Encrypt: encrypted, AgentID: 218 })
  return `<xml><ToUserName><![CDATA[${toUserName}]]></ToUserName><AgentID><![CDATA[218]]></AgentID><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
}

/** Checks the signature of an encrypted answer and opens it; throws where it is not as page 90968 says. */
export function openReply ({ token, encodingAESKey }: Settings, body: string, style: Style): OpenedReply {
  const [encrypted, signature, timestamp, nonce] = answerFields(body, style)
  if (signature !== sign(token, timestamp, nonce, encrypted)) throw new Error('the signature of the answer is wrong')
  const padded = decryptRaw(encodingAESKey, encrypted)
  const count = padded.at(-1) ?? 0
  if (padded.length % 32 !== 0 || count < 1 || count > 32 || !padded.subarray(-count).every(byte => byte === count)) throw new Error('the padding of the answer is wrong')
  const end = 20 + padded.readUInt32BE(16)
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return { plaintext: utf8.decode(padded.subarray(20, end)), receiveId: utf8.decode(padded.subarray(end, -count)), timestamp, nonce }
}

const NAMES = {
  json: ['encrypt', 'msgsignature', 'timestamp', 'nonce'],
  Json: ['Encrypt', 'MsgSignature', 'TimeStamp', 'Nonce']
}
const XML_ANSWER = /^<xml><Encrypt><!\[CDATA\[([\w+/=]+)\]\]><\/Encrypt><MsgSignature><!\[CDATA\[([0-9a-f]{40})\]\]><\/MsgSignature><TimeStamp>(\d+)<\/TimeStamp><Nonce><!\[CDATA\[(.+)\]\]><\/Nonce><\/xml>$/

/** Exactly the four fields, in WeCom's order, all of them texts. */
export function answerFields (body: string, style: Style): [string, string, string, string] {
  const fields = style === 'xml' ? XML_ANSWER.exec(body)?.slice(1) : jsonFields(body, NAMES[style])
  if (fields?.length === 4) return fields as [string, string, string, string]
  throw new Error(`no answer in the style ${style}: ${body}`)
}

function jsonFields (body: string, names: string[]): string[] | undefined {
  const entries = Object.entries(JSON.parse(body) as Record<string, unknown>)
  const alike = entries.length === names.length && entries.every(([name, value], index) => name === names[index] && typeof value === 'string')
  return alike ? entries.map(([, value]) => value as string) : undefined
}

export function nowSeconds (offset = 0): string {
  return String(Math.floor(Date.now() / 1000) + offset)
}
