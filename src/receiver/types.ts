import type { MessageKey, WecomMessage } from '../message/types.js'

/** What a server knows of a request: the decoded query, and the parameters of its route's path if it has any. */
export interface CallbackRequest {
  query: Readonly<Record<string, unknown>>
  params?: Readonly<Record<string, string>>
}

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

/** What to answer a request with: this type, this body, and status 200 where none is given. */
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
