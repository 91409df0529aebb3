import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { quote } from '../errors.js'
import { checkDuration, checkNames, optionInvalid } from '../support/options.js'
import { listenOnLoopback } from './loopback.js'

/**
 * What can go wrong with a response_url:
 *
 * - `slow`: the answer comes after `delay`, 2 s by default
 * - `error`: 500
 * - `redirect`: 302
 * - `reset`: the connection breaks without an answer
 * - `garbage`: 200 and a page that is no JSON
 */
export const RESPOND_FAULTS = ['slow', 'error', 'redirect', 'reset', 'garbage'] as const

/** One of `RESPOND_FAULTS`. */
export type RespondFault = (typeof RESPOND_FAULTS)[number]

export interface FakeRespondOptions {
  /**
   * Milliseconds for which a URL lives, by `Date.now()`. Default 3 600 000, as WeCom's.
   *
   * @example lifetime: 60_000
   */
  readonly lifetime?: number | undefined
}

export interface FakeResponseUrlOptions {
  /**
   * Where the message came from: cards are taken in single chats alone. Default `single`.
   *
   * @example chat: 'group'
   */
  readonly chat?: 'single' | 'group' | undefined
  /**
   * WeCom's answer, whatever is posted first. Default: by what is posted.
   *
   * @example answer: { errcode: 40008 }
   */
  readonly answer?: { readonly errcode: number } | undefined
  /**
   * What goes wrong. Default: nothing.
   *
   * @example fault: 'reset'
   */
  readonly fault?: RespondFault | undefined
  /**
   * Milliseconds until the answer. Default 0, with the fault `slow` 2 000.
   *
   * @example delay: 500
   */
  readonly delay?: number | undefined
}

/** What was posted to a response_url. */
export interface PostedResponse {
  /** The response_url. */
  readonly url: string
  /** What was posted, parsed; `undefined` where it was no JSON. */
  readonly body: unknown
  /** What it was answered with: 0 where it is shown. */
  readonly errcode: number
}

/** WeCom's server for response_url, on loopback. */
export interface FakeRespond {
  /** For `respondHosts`: without it, loopback and http are refused. */
  readonly origin: string
  /** All that was posted, in order, taken or not. */
  readonly posted: readonly PostedResponse[]
  /** A response_url for one message. */
  url (options?: FakeResponseUrlOptions): string
  close (): Promise<void>
}

/**
 * A real HTTP server that takes what is posted to a response_url, as WeCom does [101138]: once for each URL, within an
 * hour, markdown of at most 20 480 bytes, cards in single chats. It keeps no process alive. Which errcode WeCom gives
 * for a URL that was used or is over is not known; here it is 40029 and 42001.
 *
 * @example
 * ```ts
 * const respond = await fakeRespond()
 * const message = sample('aibot.text', { response_url: respond.url() })
 * // give the app respondHosts: [respond.origin], send the message, and look at respond.posted
 * await respond.close()
 * ```
 */
export async function fakeRespond (options: FakeRespondOptions = {}): Promise<FakeRespond> {
  checkNames('fakeRespond', options, ['lifetime'])
  const { lifetime = 3_600_000 } = options
  checkDuration('lifetime', lifetime)
  const codes = new Map<string | null, ResponseCode>()
  const posted: PostedResponse[] = []
  const { origin, close } = await listenOnLoopback((request, response) => {
    const url = `${origin}${request.url ?? ''}`
    // A message that is sent again may bring its URL with something more in it: it is the code that counts.
    const code = codes.get(codeOf(url))
    readBody(request).then(text => {
      const body = parse(text)
      const errcode = judge(request, body, code)
      if (code !== undefined) code.used = true
      posted.push({ url, body, errcode })
      setTimeout(() => { answer(response, errcode, code?.fault) }, delayOf(code))
    }, () => { response.destroy() })
  })
  return {
    origin,
    posted,
    close,
    url (options = {}) {
      checkUrlOptions(options)
      const url = `${origin}/cgi-bin/aibot/response?response_code=${randomUUID()}`
      codes.set(codeOf(url), { ...options, until: Date.now() + lifetime, used: false })
      return url
    }
  }
}

interface ResponseCode extends FakeResponseUrlOptions {
  readonly until: number
  used: boolean
}

function codeOf (url: string): string | null {
  return new URL(url).searchParams.get('response_code')
}

function checkUrlOptions (options: FakeResponseUrlOptions): void {
  checkNames('url', options, ['chat', 'answer', 'fault', 'delay'])
  const { chat, fault, delay } = options
  if (chat !== undefined && chat !== 'single' && chat !== 'group') {
    throw optionInvalid("chat to be 'single' or 'group'", quote(chat), "Leave it out for 'single'.")
  }
  if (fault !== undefined && !RESPOND_FAULTS.includes(fault)) {
    throw optionInvalid(`fault to be one of ${RESPOND_FAULTS.join(', ')}`, quote(fault), 'Leave it out for none.')
  }
  if (delay !== undefined && delay !== 0) checkDuration('delay', delay)
}

function delayOf (code: ResponseCode | undefined): number {
  return code?.delay ?? (code?.fault === 'slow' ? 2_000 : 0)
}

async function readBody (request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** WeCom's numbers, as its page of global error codes explains them. */
function judge (request: IncomingMessage, body: unknown, code: ResponseCode | undefined): number {
  if (code === undefined || code.used) return 40029
  if (Date.now() >= code.until) return 42001
  if (code.answer !== undefined) return code.answer.errcode
  if (request.method !== 'POST') return 43002
  if (body === undefined) return 47001
  const { msgtype, markdown, template_card: card } = Object(body) as Record<string, unknown>
  if (msgtype === 'template_card') return code.chat === 'group' || Object(card) !== card ? 40008 : 0
  const { content } = Object(markdown) as { content?: unknown }
  if (msgtype !== 'markdown' || typeof content !== 'string' || content === '') return 40008
  return Buffer.byteLength(content) > 20_480 ? 45002 : 0
}

function answer (response: ServerResponse, errcode: number, fault: RespondFault | undefined): void {
  switch (fault) {
    case 'error': response.writeHead(500).end(); break
    case 'redirect': response.writeHead(302, { location: '/elsewhere' }).end(); break
    case 'reset': response.destroy(); break
    case 'garbage': response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'); break
    default:
      response.writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ errcode, errmsg: errcode === 0 ? 'ok' : 'refused' }))
  }
}
