import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { decryptRaw, encrypt as encryptText, sign } from '../support/wecom-aes.js'

// Callback servers as people write them by hand, each with one mistake. None of them uses this package: its doctor must not
// find only the faults that its own code could have.

export interface Settings {
  token: string
  encodingAESKey: string
  receiveId: string
}

/** How a server says no. */
export type Refusal =
  /** 401 for the signature, 400 for the rest. */
  | 'statuses'
  /** 200 and the error number of the official libraries. */
  | 'numbers'
  /** An exception: 500 with its name, as a framework's error page shows it. */
  | 'exceptions'
  /** 403 and nothing else, whatever it was. */
  | 'lumped'
  /** 200 and the word, whatever it was. */
  | 'word'

/** What a server does otherwise than a good one. */
export interface Mistake {
  refusal?: Refusal
  /** Where WeCom's settings differ from the server's. */
  settings?: Partial<Settings>
  /** Of messages, where it differs from that of URL verification. */
  postReceiveId?: string
  /** What the server makes of the decrypted echo. */
  echo?: (echo: string, response: ServerResponse, echostr: string) => void
  /** Before anything else; true if it has answered. */
  door?: (request: IncomingMessage, response: ServerResponse) => boolean
  readEchostr?: (raw: string) => string
  /** Padding that its crypto library takes. Default 32, as WeCom's. */
  padding?: number
  /** Looks at no padding and no length, as some libraries: with a wrong key, errors are noise. */
  careless?: boolean
  /** How it says no to messages. Default: as to the GET. */
  postRefusal?: Refusal
  /** Seconds. */
  clock?: () => number
  tolerance?: number
  /** What its framework makes of the body before the handler sees it; undefined where it is gone. */
  body?: (body: string, request: IncomingMessage) => string | undefined | Promise<string | undefined>
  skipSignature?: boolean
  /** What the server answers to a message: default an encrypted text. */
  answer?: (context: Answering) => void
  json?: boolean
}

export interface Answering {
  message: string
  settings: Settings
  nonce: string
  response: ServerResponse
}

class Refused extends Error {
  constructor (readonly number: number, message: string) { super(message) }
}

export function startServer (wecom: Settings, mistake: Mistake = {}): Server {
  const settings = { ...wecom, ...mistake.settings }
  return createServer((request, response) => {
    handle(settings, mistake, request, response).catch((error: unknown) => {
      if (!response.headersSent) refuse((request.method === 'POST' ? mistake.postRefusal : undefined) ?? mistake.refusal ?? 'statuses', error, response)
    })
  })
}

async function handle (settings: Settings, mistake: Mistake, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (mistake.door?.(request, response) === true) return
  const raw = new Map((request.url?.split('?')[1] ?? '').split('&').map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  const get = (name: string) => {
    const value = raw.get(name)
    if (value === undefined) throw new Refused(-40001, `missing ${name}`)
    return decodeURIComponent(value)
  }
  const check = (encrypted: string) => {
    const expected = sign(settings.token, get('timestamp'), get('nonce'), encrypted)
    if (mistake.skipSignature !== true && expected !== get('msg_signature')) throw new Refused(-40001, 'signature verification failed')
    if (mistake.tolerance !== undefined && Math.abs((mistake.clock ?? seconds)() - Number(get('timestamp'))) > mistake.tolerance) throw new Refused(-40001, 'request refused')
  }
  if (request.method === 'GET') {
    const echostr = mistake.readEchostr?.(raw.get('echostr') ?? '') ?? get('echostr')
    check(echostr)
    const echo = open(settings, echostr, settings.receiveId, mistake)
    if (mistake.echo !== undefined) mistake.echo(echo, response, echostr)
    else response.end(echo)
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const sent = Buffer.concat(chunks).toString()
  const body = mistake.body === undefined ? sent : await mistake.body(sent, request)
  if (response.headersSent) return
  const encrypted = mistake.json === true ? (JSON.parse(body as string) as { encrypt: string }).encrypt : /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body as string)?.[1]
  if (encrypted === undefined) throw new Refused(-40002, 'no Encrypt in the body')
  check(encrypted)
  const message = open(settings, encrypted, mistake.postReceiveId ?? settings.receiveId, mistake)
  const answering = { message, settings, nonce: get('nonce'), response }
  if (mistake.answer !== undefined) mistake.answer(answering)
  else if (mistake.json === true) response.end(sealJson(answering, JSON.stringify({ msgtype: 'stream', stream: { id: '1', finish: true, content: 'hello' } })))
  else response.end(sealXml(answering, replyTo(message)))
}

export function seconds (): number {
  return Math.floor(Date.now() / 1000)
}

function open ({ encodingAESKey }: Settings, encrypted: string, receiveId: string, { padding = 32, careless = false }: Mistake): string {
  const bytes = decryptRaw(encodingAESKey, encrypted)
  const pad = bytes.at(-1) ?? 0
  if (careless) {
    const end = bytes.readUInt32BE(16)
    return JSON.parse(`"${bytes.subarray(20, 20 + end).toString()}"`) as string
  }
  if (pad < 1 || pad > padding) throw new Refused(-40007, 'decrypt failed')
  const plain = bytes.subarray(16, bytes.length - pad)
  const length = plain.length < 4 ? -1 : plain.readUInt32BE(0)
  if (length < 0 || length > plain.length) throw new Refused(-40007, 'decrypt failed')
  if (plain.subarray(4 + length).toString() !== receiveId) throw new Refused(-40005, 'corpid mismatch')
  return plain.subarray(4, 4 + length).toString()
}

function refuse (refusal: Refusal, error: unknown, response: ServerResponse): void {
  const { number, message } = error instanceof Refused ? error : { number: -1, message: String(error) }
  if (refusal === 'statuses') response.writeHead(number === -40001 ? 401 : number === -1 ? 500 : 400, { 'x-request-id': randomBytes(8).toString('hex') }).end('refused')
  else if (refusal === 'numbers') response.end(`ERR: VerifyURL ret: ${number}`)
  else if (refusal === 'exceptions') response.writeHead(500, { 'content-type': 'text/html' }).end(`<!DOCTYPE html><pre>${message} at ${new Date().toISOString()} request ${randomBytes(6).toString('hex')}</pre>`)
  else if (refusal === 'lumped') response.writeHead(403).end('forbidden')
  else response.end('fail')
}

export function field (message: string, name: string): string {
  return new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(message)?.[1] ?? ''
}

export function replyTo (message: string): string {
  return `<xml><ToUserName><![CDATA[${field(message, 'FromUserName')}]]></ToUserName><FromUserName><![CDATA[${field(message, 'ToUserName')}]]></FromUserName>` +
    `<CreateTime>${seconds()}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content></xml>`
}

/** Encrypted and signed, in pieces, so that a mistake can be made in each. */
export function sealParts ({ settings: { token, encodingAESKey, receiveId }, nonce }: Answering, text: string): { encrypt: string, signature: string, timestamp: string, nonce: string } {
  const encrypt = encryptText(encodingAESKey, text, receiveId)
  const timestamp = String(seconds())
  return { encrypt, signature: sign(token, timestamp, nonce, encrypt), timestamp, nonce }
}

export function sealXml (answering: Answering, text: string): string {
  const { encrypt, signature, timestamp, nonce } = sealParts(answering, text)
  return `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`
}

export function sealJson (answering: Answering, text: string): string {
  const { encrypt, signature, timestamp, nonce } = sealParts(answering, text)
  return JSON.stringify({ encrypt, msgsignature: signature, timestamp: Number(timestamp), nonce })
}
