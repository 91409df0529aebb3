import { createHash, randomBytes } from 'node:crypto'
import { checkReceiveId, createResolver, matchSignature, openSealed, type Credential, type CredentialHint } from './credentials.js'
import type { RequestIdentity } from './delivery/run-key.js'
import { spacesToPlus } from './crypto/echostr.js'
import { seal } from './crypto/seal.js'
import { SIGNATURE_NAMES } from './crypto/signature.js'
import { readEnvelope, type Envelope } from './envelope/read.js'
import { quote, wecomError } from './errors.js'
import { senderOf, type Kind } from './message/kind.js'
import { parseMessage } from './message/parse.js'
import type { MessageKey, WecomMessage } from './message/types.js'
import { checkReceiverOptions, type ReceiverOptions } from './options.js'
import { composeReply as composeText, emitWarning, type Answered, type Warn } from './reply/compose.js'
import type { Reply } from './reply/types.js'
import { traced } from './tracing.js'

export type { CredentialHint, ReceiveIdPolicy, WecomCredential, WecomCredentials } from './credentials.js'
export type { ReceiverOptions } from './options.js'
export type { Warn } from './reply/compose.js'
export { composeReply, parseMessage, type ComposedReply, type ParsedMessage } from './worker-kit.js'
export { createRouter, type HandlerResult, type MaybeReply, type RouteHandler, type Router, type RouterContext } from './router.js'

/** What a server knows of a request: the decoded query, and the parameters of its route's path if it has any. */
export interface CallbackRequest {
  query: Readonly<Record<string, unknown>>
  params?: Readonly<Record<string, string>>
}

/** A message that was verified, decrypted and parsed. */
export interface WecomCallback {
  /** The decrypted message as a plain object, WeCom's own field names. */
  readonly message: WecomMessage
  /** Router key: `text`, `event.click`, `info.suite_ticket`, `aibot.text`, …; `unknown` for what docs/messages.md does not list. */
  readonly kind: MessageKey | 'unknown'
  /** The decrypted text, exactly as WeCom wrote it. */
  readonly plaintext: string
  /** The message's format; a reply is written in it. */
  readonly format: 'xml' | 'json'
  /** The envelope's format; a reply is wrapped in it. */
  readonly envelopeFormat: 'xml' | 'json'
  /** Authenticated: which corp, suite or bot (`''`) the message is for. */
  readonly receiveId: string
  /** From the envelope: not authenticated. */
  readonly toUserName: string | undefined
  /** From the envelope: not authenticated. */
  readonly agentId: string | undefined
  /** `name` of the credential that verified the message. */
  readonly credentialName: string
  /** Authenticated: who wrote it, whatever the scene calls it (FromUserName, from.userid, From.UserId). `sys` in events of the system; `undefined` where nobody did, as in notices. */
  readonly sender: string | undefined
  /** Of the route's path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  /** Unix seconds, as in the query. */
  readonly timestamp: string
  readonly nonce: string
}

/** What to answer a POST with: status 200, this type and this body. */
export interface Answer {
  contentType: string
  body: string
}

/** One callback URL without a server. */
export interface Receiver {
  /**
   * URL verification: answer the GET with exactly this text, text/plain, status 200.
   *
   * @throws WecomError; answer with its `statusCode` and nothing else
   */
  verify (request: CallbackRequest): Promise<string>
  /**
   * Verifies, decrypts and parses the raw body of a POST, text or bytes. `warn` is told where parts of characters became U+FFFD; by default the
   * process warns.
   *
   * @throws WecomError; answer with its `statusCode` and nothing else
   */
  receive (request: CallbackRequest & { body: string | Uint8Array }, warn?: Warn): Promise<WecomCallback>
  /**
   * The plain text of a reply to this message, `''` for nothing to say. `seal` may be called with it many times. `warn` is told
   * where a text was cut; by default the process warns.
   *
   * @throws WecomError WECOM_REPLY_INVALID
   */
  compose (callback: WecomCallback, reply?: Reply, warn?: Warn): string
  /** Encrypts a composed reply; `''` becomes the empty answer of the scene. */
  seal (callback: WecomCallback, composed: string): Answer
  /** `compose` and `seal` in one. */
  answer (callback: WecomCallback, reply?: Reply): Answer
  /** What tells the sender and the request apart from others, for who remembers what was handled. */
  identify (callback: WecomCallback): RequestIdentity
}

/**
 * Verifies, decrypts and answers callbacks; knows no server.
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function createReceiver (options: ReceiverOptions): Receiver {
  const { credentials, timestampTolerance, resolveTimeout } = checkReceiverOptions(options)
  const resolve = createResolver(credentials, resolveTimeout)
  /** What was received, as it was: handlers and schemas of an app may change the message they are given. */
  const known = new WeakMap<WecomCallback, { credential: Credential, signature: string, envelope: Envelope, kind: Kind, received: Answered['message'] }>()

  /** From a stranger's query to text that WeCom encrypted. */
  async function open (query: SignedQuery, encrypt: string, hint: CredentialHint) {
    const { phase } = hint
    const matching = await traced('verify', { phase }, async () => {
      const matching = matchSignature(await resolve(hint), { ...query, encrypt })
      checkTimestamp(query.timestamp, timestampTolerance)
      return matching
    })
    return await traced('decrypt', { phase }, async () => await openSealed(matching, encrypt, async (credential, receiveId) => {
      await checkReceiveId(credential.receiveId, receiveId, hint, resolveTimeout)
    }))
  }

  function lookup (callback: WecomCallback) {
    const found = known.get(callback)
    if (found !== undefined) return found
    throw wecomError('WECOM_NOT_A_CALLBACK', { expected: 'the callback that receive() returned', got: 'another object', fix: 'Pass the object itself, not a copy of it.' })
  }

  const receiver: Receiver = {
    async verify ({ query, params = {} }) {
      const signed = readQuery(query)
      const echostr = spacesToPlus(parameter(query, 'echostr'))
      const { message, damaged } = await open(signed, echostr, { phase: 'verify', params, query })
      // It must go back byte for byte.
      if (damaged === true) throw wecomError('WECOM_PLAINTEXT_INVALID', { expected: 'an echo in UTF-8', got: 'parts of characters', fix: 'The settings are right, and WeCom sends digits: look at what encrypted this.' })
      return message
    },

    async receive ({ query, params = {}, body }, warn = emitWarning) {
      const signed = readQuery(query)
      const envelope = readEnvelope(body)
      const { encrypt, toUserName, agentId, format: envelopeFormat } = envelope
      const hint: CredentialHint = { phase: 'receive', params, query, envelopeFormat }
      if (toUserName !== undefined) hint.toUserName = toUserName
      if (agentId !== undefined) hint.agentId = agentId
      const { message: plaintext, receiveId, credential, damaged } = await open(signed, encrypt, hint)
      if (damaged === true) warn('a message had parts of characters in it, cut within one: each is U+FFFD now. The settings are right; nothing needs to be done', 'WECOM_MESSAGE_DAMAGED')
      const { message, kind, format } = parseMessage(plaintext)
      const callback: WecomCallback = {
        message: message as unknown as WecomMessage,
        kind: kind.key,
        plaintext,
        format,
        envelopeFormat,
        receiveId,
        toUserName,
        agentId,
        credentialName: credential.name,
        sender: senderOf(message),
        params,
        query,
        timestamp: signed.timestamp,
        nonce: signed.nonce
      }
      known.set(callback, { credential, signature: signed.signature, envelope, kind, received: { ...message } })
      return callback
    },

    compose (callback, reply, warn) {
      const { kind, received } = lookup(callback)
      return composeText(reply, { message: received, kind, format: callback.format }, warn)
    },

    seal (callback, composed) {
      const { credential, envelope, kind } = lookup(callback)
      if (composed === '') return emptyAnswer(credential, kind)
      const body = seal({
        token: credential.token,
        key: credential.key,
        message: composed,
        receiveId: callback.receiveId,
        timestamp: String(Math.floor(Date.now() / 1000)),
        // Bots demand the request's own; apps allow it.
        nonce: callback.nonce,
        random: randomBytes(16)
      }, envelope)
      return { contentType: `application/${envelope.format}; charset=utf-8`, body }
    },

    answer (callback, reply) {
      return receiver.seal(callback, receiver.compose(callback, reply))
    },

    identify (callback) {
      const { credential, signature } = lookup(callback)
      return { credential: credential.name === '' ? fingerprint(credential) : credential.name, signature }
    }
  }
  return receiver
}

interface SignedQuery {
  signature: string
  timestamp: string
  nonce: string
}

function readQuery (query: Readonly<Record<string, unknown>>): SignedQuery {
  const signatureName = SIGNATURE_NAMES.find(name => query[name] !== undefined) ?? 'msg_signature'
  return { signature: parameter(query, signatureName), timestamp: parameter(query, 'timestamp'), nonce: parameter(query, 'nonce') }
}

function parameter (query: Readonly<Record<string, unknown>>, name: string): string {
  const value = query[name]
  if (typeof value === 'string' && value !== '') return value
  throw wecomError('WECOM_PARAMETER_INVALID', {
    expected: `the query to have one ${name}`,
    got: value === undefined ? 'none' : value === '' ? 'an empty one' : Array.isArray(value) ? `${value.length}` : quote(value),
    fix: 'WeCom always sends one. A browser or a scanner does not; a proxy that drops or rewrites the query must be set to pass it.'
  })
}

function checkTimestamp (timestamp: string, tolerance: number): void {
  if (tolerance === Infinity) return
  const now = Date.now()
  const sent = /^\d{1,15}$/.test(timestamp) ? Number(timestamp) * 1000 : NaN
  if (Math.abs(now - sent) <= tolerance) return
  throw wecomError('WECOM_TIMESTAMP_OUT_OF_RANGE', {
    expected: `a timestamp within ${tolerance / 1000} s of this server's clock, ${new Date(now).toISOString()}`,
    got: Number.isNaN(sent) || sent > 8.64e15 ? quote(timestamp) : new Date(sent).toISOString(),
    fix: 'Set the clock of this server (NTP), or raise timestampTolerance. A request that somebody recorded and sends again ends here too.'
  })
}

/** Tells credentials without a name apart; nothing can be told from it. */
function fingerprint ({ token, key }: Credential): string {
  return createHash('sha256').update(JSON.stringify(['credential', token])).update(key).digest('base64url')
}

function emptyAnswer (credential: Credential, { scene }: Kind): Answer {
  const success = credential.emptyAnswer === 'success' || (credential.emptyAnswer === 'auto' && scene === 'info')
  return { contentType: 'text/plain; charset=utf-8', body: success ? 'success' : '' }
}
