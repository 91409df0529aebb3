import { checkCredentials } from '../credentials/check.js'
import {
  areListed, matchSigned, openListed, openSealed, type Opened, type OpenedCredential
} from '../credentials/open.js'
import { createResolver } from '../credentials/resolve.js'
import type { Credential, CredentialHint, Signed } from '../credentials/types.js'
import { SIGNATURE_NAMES, spacesToPlus } from '../crypto/query.js'
import { readEnvelope, seal, type Envelope } from '../envelope/envelope.js'
import { quote, wecomError } from '../errors.js'
import type { Kind } from '../message/kind.js'
import { isObject, type MessageObject } from '../message/object.js'
import { parseMessage, type ParsedMessage } from '../message/parse.js'
import type { MessageKey, WecomMessage } from '../message/types.js'
import { composeReply, type Warn } from '../reply/compose.js'
import type { Reply } from '../reply/types.js'
import { traced, tracing } from '../telemetry/tracing.js'
import { checkXmlParser } from '../xml/read.js'
import { checkReceiverOptions, type ReceiverOptions } from './options.js'
import type { Answer, CallbackRequest, RequestIdentity, WecomCallback } from './types.js'

/** From a stranger's request to a message of WeCom's, or to its echo. */
export interface Opener {
  /** The echo of a URL verification. */
  verify (request: CallbackRequest): string | Promise<string>
  /** At once, unless a function of the user's has to be asked. */
  open (request: CallbackRequest & { body: string | Uint8Array }, warn: Warn): OpenedRequest | Promise<OpenedRequest>
}

/** @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID */
export function createOpener (options: ReceiverOptions): Opener {
  const { credentials, timestampTolerance, resolveTimeout } = checkReceiverOptions(options)
  checkXmlParser()
  const known = typeof credentials === 'function' ? [] : checkCredentials(credentials)
  const resolve = typeof credentials === 'function' ? createResolver(credentials, resolveTimeout) : () => known
  const atOnce = typeof credentials !== 'function' && areListed(known) ? known : undefined

  /** What `openListed` does, in steps. */
  async function openInSteps (signed: Signed, hint: CredentialHint): Promise<Opened> {
    const { phase } = hint
    const match = async () => matchSigned(await resolve(hint), signed, timestampTolerance)
    const matching = await (tracing.verify.hasSubscribers ? traced('verify', { phase }, match) : match())
    const open = async () => await openSealed(matching, signed.encrypt, hint, resolveTimeout)
    return await (tracing.decrypt.hasSubscribers ? traced('decrypt', { phase }, open) : open())
  }

  /** Those that need not be asked for; `undefined` where a function is asked, or somebody listens to the steps. */
  function candidates (): typeof atOnce {
    return tracing.verify.hasSubscribers || tracing.decrypt.hasSubscribers ? undefined : atOnce
  }

  return {
    verify (request) {
      const listed = candidates()
      const signed = readQuery(request.query)
      signed.encrypt = spacesToPlus(parameter(request.query, 'echostr'))
      return listed === undefined
        ? openInSteps(signed, hintOf('verify', request)).then(echoOf)
        : echoOf(openListed(listed, signed, timestampTolerance))
    },

    open (request, warn) {
      const listed = candidates()
      const signed = readQuery(request.query)
      const envelope = readEnvelope(request.body)
      signed.encrypt = envelope.encrypt
      if (listed === undefined) {
        return openLater(openInSteps(signed, hintOf('receive', request, envelope)), request, signed, envelope, warn)
      }
      const opened = openListed(listed, signed, timestampTolerance)
      if (opened.decrypted.damaged === true) warnDamaged(warn)
      return openedRequest(request, signed, envelope, opened, parseMessage(opened.decrypted.message))
    }
  }
}

async function openLater (
  opening: Promise<Opened>, request: CallbackRequest, signed: Signed, envelope: Envelope, warn: Warn
): Promise<OpenedRequest> {
  const opened = await opening
  if (opened.decrypted.damaged === true) warnDamaged(warn)
  return openedRequest(request, signed, envelope, opened, parseMessage(opened.decrypted.message))
}

function hintOf (phase: CredentialHint['phase'], request: CallbackRequest, envelope?: Envelope): CredentialHint {
  const hint: CredentialHint = { phase, params: request.params ?? {}, query: request.query }
  if (envelope === undefined) return hint
  hint.envelopeFormat = envelope.format
  if (envelope.toUserName !== undefined) hint.toUserName = envelope.toUserName
  if (envelope.agentId !== undefined) hint.agentId = envelope.agentId
  return hint
}

/** It must go back byte for byte. */
function echoOf ({ decrypted: { message, damaged } }: Opened): string {
  if (damaged === true) throw damagedEcho()
  return message
}

function warnDamaged (warn: Warn): void {
  warn(
    'a message contained bytes that are not UTF-8: each broken character is now U+FFFD. The settings are ' +
      'right. WeCom cuts long texts in the middle of a character; if a text is unreadable as a whole, it came ' +
      'in another encoding (GBK?)',
    'WECOM_MESSAGE_DAMAGED'
  )
}

function openedRequest (
  { query, params = {} }: CallbackRequest,
  { signature, timestamp, nonce }: Signed,
  envelope: Envelope,
  { decrypted: { message: plaintext, receiveId }, credential }: Opened,
  { message, kind, format }: ParsedMessage
): OpenedRequest {
  return {
    message, kind, format, signature, timestamp, nonce, plaintext, receiveId, credential, envelope, params, query
  }
}

/** What is signed, but for the ciphertext, which is elsewhere. */
function readQuery (query: Readonly<Record<string, unknown>>): Signed {
  let name = 'msg_signature'
  for (const candidate of SIGNATURE_NAMES) {
    if (query[candidate] === undefined) continue
    name = candidate
    break
  }
  return {
    signature: parameter(query, name),
    timestamp: parameter(query, 'timestamp'),
    nonce: parameter(query, 'nonce'),
    encrypt: ''
  }
}

function parameter (query: Readonly<Record<string, unknown>>, name: string): string {
  const value = query[name]
  if (typeof value === 'string' && value !== '') return value
  throw wecomError('WECOM_PARAMETER_INVALID', {
    expected: `the query to have one ${name}`,
    got:
      value === undefined
        ? 'none'
        : value === ''
          ? 'an empty one'
          : Array.isArray(value)
            ? `${value.length}`
            : quote(value),
    fix: 'WeCom always sends one. A browser or a scanner does not; a proxy that drops or rewrites the query must be ' +
      'set to pass it.'
  })
}

function damagedEcho (): Error {
  return wecomError('WECOM_PLAINTEXT_INVALID', {
    expected: 'an echo in UTF-8',
    got: 'broken characters',
    fix: 'The settings are right, and WeCom sends digits: check what encrypted this.'
  })
}

// What was received, and its answer.

/** What opening a request found. */
export interface OpenedRequest {
  message: MessageObject
  kind: Kind
  plaintext: string
  format: 'xml' | 'json'
  receiveId: string
  credential: OpenedCredential
  envelope: Envelope
  signature: string
  timestamp: string
  nonce: string
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, unknown>>
}

/**
 * A message with what its answer needs. That is kept as it was received: handlers and schemas of an app may change the
 * message they are given. The methods are no fields of their own, so a copy of the object holds the message alone.
 */
export class ReceivedCallback implements WecomCallback {
  readonly message: WecomMessage
  readonly kind: MessageKey | 'unknown'
  readonly plaintext: string
  readonly format: 'xml' | 'json'
  readonly envelopeFormat: 'xml' | 'json'
  readonly receiveId: string
  readonly toUserName: string | undefined
  readonly agentId: string | undefined
  readonly credentialName: string
  readonly sender: string | undefined
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly timestamp: string
  readonly nonce: string
  readonly #received: MessageObject
  readonly #opened: OpenedRequest

  constructor (opened: OpenedRequest) {
    const { message, kind, plaintext, format, receiveId, credential, envelope, params, query, timestamp, nonce } =
      opened
    this.message = message as unknown as WecomMessage
    this.kind = kind.key
    this.plaintext = plaintext
    this.format = format
    this.envelopeFormat = envelope.format
    this.receiveId = receiveId
    this.toUserName = envelope.toUserName
    this.agentId = envelope.agentId
    this.credentialName = credential.name
    this.sender = senderOf(message)
    this.params = params
    this.query = query
    this.timestamp = timestamp
    this.nonce = nonce
    // What a bot's reply is tied by lies deeper.
    const isDeep = typeof message.event === 'object' || typeof message.stream === 'object'
    this.#received = isDeep ? structuredClone(message) : { ...message }
    this.#opened = opened
  }

  /** Whether an object is one of these; a copy is not. */
  static is (value: unknown): value is ReceivedCallback {
    return typeof value === 'object' && value !== null && #opened in value
  }

  /** The EncodingAESKey of the credential, base64: media of bots are encrypted with it. */
  static mediaKeyOf (callback: ReceivedCallback): string {
    return callback.#opened.credential.key.toString('base64')
  }

  /** See `Receiver.compose`. */
  compose (reply: Reply, warn?: Warn): string {
    const { kind, format } = this.#opened
    return composeReply(reply, { message: this.#received, kind, format }, warn)
  }

  /** See `Receiver.seal`. */
  seal (composed: string): Answer {
    const { credential, envelope, kind, receiveId, nonce } = this.#opened
    if (composed === '') return emptyAnswer(credential, kind)
    const body = seal({
      token: credential.token,
      key: credential.key,
      message: composed,
      receiveId,
      timestamp: String(Math.floor(Date.now() / 1000)),
      // Bots demand the request's own; apps allow it.
      nonce
    }, envelope)
    return { contentType: CONTENT_TYPES[envelope.format], body }
  }

  /** See `Receiver.identify`. */
  identify (): RequestIdentity {
    const { credential, signature } = this.#opened
    return { credential: credential.identity, signature }
  }
}

/** The same two texts each time: servers look up by them what they know of a type. */
const CONTENT_TYPES = { xml: 'application/xml; charset=utf-8', json: 'application/json; charset=utf-8' } as const

/** Who wrote it, in every scene: a userid, or `sys`; `undefined` where nobody did. */
export function senderOf ({ FromUserName, from, From }: MessageObject): string | undefined {
  return idIn(FromUserName) ?? (isObject(from) ? idIn(from.userid) : undefined) ??
    (isObject(From) ? idIn(From.UserId) : undefined)
}

function idIn (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** @throws WecomError WECOM_NOT_A_CALLBACK for a copy */
export function receivedCallback (callback: WecomCallback): ReceivedCallback {
  if (ReceivedCallback.is(callback)) return callback
  throw wecomError('WECOM_NOT_A_CALLBACK', {
    expected: 'the callback that receive() returned',
    got: 'another object',
    fix: 'Pass the object itself, not a copy of it.'
  })
}

function emptyAnswer (credential: Credential, { product }: Kind): Answer {
  const success = credential.emptyAnswer === 'success' || (credential.emptyAnswer === 'auto' && product === 'info')
  return plainText(success ? 'success' : '')
}

export function plainText (body: string): Answer {
  return { contentType: 'text/plain; charset=utf-8', body }
}
