import type { OpenedCredential } from '../credentials/open.js'
import type { Credential } from '../credentials/types.js'
import { seal } from '../envelope/seal.js'
import type { Envelope } from '../envelope/read.js'
import { wecomError } from '../errors.js'
import type { Kind } from '../message/kind.js'
import { isObject, type MessageObject } from '../message/object.js'
import type { MessageKey, WecomMessage } from '../message/types.js'
import { composeReply, type Warn } from '../reply/compose.js'
import type { Reply } from '../reply/types.js'

/** A message that was verified, decrypted and parsed. */
export interface WecomCallback {
  /** The decrypted message as a plain object, WeCom's own field names. */
  readonly message: WecomMessage
  /**
   * Router key: `text`, `event.click`, `info.suite_ticket`, `aibot.text`, …; `unknown` for what docs/messages.md does
   * not list.
   */
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
  /**
   * Authenticated: who wrote it, whatever the scene calls it (FromUserName, from.userid, From.UserId). `sys` in events
   * of the system; `undefined` where nobody did, as in notices.
   */
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

/** What tells requests apart beside their message; see `Receiver.identify`. */
export interface RequestIdentity {
  /** The name of the credential that verified it, else a fingerprint of its token and key. */
  credential: string
  /** Of the request, as WeCom computed it. */
  signature: string
}

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
    this.#received = { ...message }
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
    return composeReply(reply, { message: this.#received, kind: this.#opened.kind, format: this.format }, warn)
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
