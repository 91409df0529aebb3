import { decodeEncodingAESKey } from '../crypto/encoding-aes-key.js'
import type { ClientOptions, SendOptions, Target } from './client-options.js'
import { httpTransport } from './http-transport.js'
import { injectTransport } from './inject-transport.js'
import type { WrittenMessage } from './message-text.js'
import { openReply, type Asked, type WecomReply } from './reply.js'
import type { Transport, WireAnswer } from './transport.js'
import { encryptText, newEcho, signQuery, writeRequestEnvelope, type EnvelopeStyle, type SignedQuery } from './wire.js'

/** A request as WeCom sends it, sealed. */
export interface SealedRequest {
  query: SignedQuery
  headers: Record<string, string>
  /** The envelope. */
  body: string
}

/** The steps of a client, for the simulator and the doctor, which go them one at a time. */
export interface ClientEngine {
  sealEcho (options?: SendOptions & { echo?: string }): { query: SignedQuery, echo: string }
  get (query: SignedQuery, options?: Pick<SendOptions, 'headers' | 'timeout'>): Promise<WireAnswer>
  seal (written: WrittenMessage, options?: SendOptions): { request: SealedRequest, asked: Asked }
  /** `most`: bytes of the answer that are read. */
  post (
    request: SealedRequest,
    options?: Pick<SendOptions, 'timeout' | 'pace'> & { most?: number | undefined }
  ): Promise<WireAnswer>
  open (answer: WireAnswer, asked: Asked): WecomReply
}

/** The steps of a client. */
export function clientEngine (options: ClientOptions): ClientEngine {
  const { credentials, now = () => Date.now(), timeout = 5000 } = options
  const { token, receiveId, verifyReceiveId = receiveId } = credentials
  // A wrong key is a fault of the test, to be told at once.
  decodeEncodingAESKey(credentials.encodingAESKey)
  const transport = transportOf(options)

  function sign (encrypted: string, { timestamp, nonce, signature }: SendOptions): SignedQuery {
    const query = signQuery(token, encrypted, { timestamp, nonce }, now())
    return signature === undefined ? query : { ...query, msg_signature: signature }
  }

  return {
    sealEcho (send = {}) {
      const echo = send.echo ?? newEcho()
      const echostr = encryptText(credentials, echo, send.receiveId ?? verifyReceiveId)
      return { query: { ...sign(echostr, send), echostr }, echo }
    },

    async get (query, send = {}) {
      return await transport({
        method: 'GET',
        query: { ...query },
        headers: { ...options.headers, ...send.headers },
        timeout: send.timeout ?? timeout
      })
    },

    seal ({ text, format, kind: { product }, message }, send = {}) {
      const encrypted = encryptText(credentials, text, send.receiveId ?? receiveId)
      const envelope: EnvelopeStyle = {
        format: product === 'aibot' ? 'json' : (send.format ?? options.format ?? format),
        spelling: send.spelling ?? options.spelling ?? 'lower'
      }
      const query = sign(encrypted, send)
      const contentType = send.contentType ?? (envelope.format === 'xml' ? 'text/xml' : 'application/json')
      const headers = {
        ...(contentType === false ? {} : { 'content-type': contentType }),
        ...options.headers,
        ...send.headers
      }
      const body = writeRequestEnvelope(encrypted, envelope, addressing(product, message, receiveId))
      return { request: { query, headers, body }, asked: { product, format, message, envelope, nonce: query.nonce } }
    },

    async post ({ query, headers, body }, send = {}) {
      return await transport({
        method: 'POST',
        query: { ...query },
        headers,
        body,
        timeout: send.timeout ?? timeout,
        pace: send.pace ?? 0,
        ...(send.most === undefined ? {} : { most: send.most })
      })
    },

    open: (answer, asked) => openReply(credentials, answer, asked)
  }
}

function transportOf (options: Target): Transport {
  if (options.url !== undefined) return httpTransport(options.url)
  if (typeof options.app?.inject === 'function' && typeof options.path === 'string') {
    return injectTransport(options.app, options.path)
  }
  throw new TypeError(
    "expected url, or app and path, got neither. Pass { app, path: '/wecom/callback' } or { url: 'http://…' }."
  )
}

/** What goes onto the envelope (PROTOCOL 2): bots and group robots have neither. */
function addressing (
  product: Asked['product'],
  { ToUserName, SuiteId, ServiceCorpId, AgentID }: Readonly<Record<string, unknown>>,
  receiveId: string
): { toUserName?: string, agentId?: string } {
  if (product === 'aibot' || product === 'groupbot') return {}
  const toUserName = [ToUserName, SuiteId, ServiceCorpId].find(value => typeof value === 'string') ?? receiveId
  return { toUserName, agentId: typeof AgentID === 'string' ? AgentID : '' }
}
