/**
 * What a request says about itself before anything is verified. A stranger may have written it: use it only to choose
 * credentials.
 */
export interface CredentialHint {
  /** `verify`: the GET that checks the URL; `receive`: a message. */
  phase: 'verify' | 'receive'
  /** Parameters of the route's path; WeCom's `$CORPID$` in a URL arrives as one. */
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, unknown>>
  /** From the envelope, on `receive` only. */
  toUserName?: string
  /** From the envelope, on `receive` only. */
  agentId?: string
  envelopeFormat?: 'xml' | 'json'
}

/**
 * Which receiveId a message may carry: one, several, or a predicate. `''` is a value (aibot, group robots), not
 * "don't check". It differs by scene and between GET and POST: see docs/credentials.md.
 */
export type ReceiveIdPolicy =
  string | readonly string[] | ((receiveId: string, hint: CredentialHint) => boolean | Promise<boolean>)

/** The settings of one callback URL, as shown by the WeCom console (page 90968). */
export interface WecomCredential {
  /**
   * Token of the callback URL, as in the WeCom console.
   *
   * @example token: 'QDG6eK'
   */
  token: string
  /**
   * EncodingAESKey of the callback URL: 43 characters.
   *
   * @example encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
   */
  encodingAESKey: string
  /**
   * Which receiveId a message may carry: one, several, or a predicate. Your corpid for self-built apps; a suite id, a
   * template id or `''` (bots) elsewhere: see docs/credentials.md. `''` is a value, not "don't check".
   *
   * @example receiveId: 'ww5823bf96d3bd56c7'
   */
  receiveId: ReceiveIdPolicy
  /**
   * Distinguishes several apps on one URL. Entries of the same app (key rotation) share one name. Default `''`: an app
   * of its own, recognised by a fingerprint of token and key.
   *
   * @example name: 'contacts'
   */
  name?: string | undefined
  /**
   * The answer if there is nothing to say: `auto` answers `success` to InfoType notices and an empty 200 to the rest.
   * Set `success` for suite command URLs, template URLs and provider URLs. Default `auto`.
   *
   * @example emptyAnswer: 'success'
   */
  emptyAnswer?: 'auto' | 'empty' | 'success' | undefined
}

/** One credential, several (rotation, several apps on one URL), or a function of the unauthenticated hint. */
export type WecomCredentials =
  | WecomCredential
  | readonly WecomCredential[]
  | ((
    hint: CredentialHint
  ) =>
      | WecomCredential
      | readonly WecomCredential[]
      | undefined
      | Promise<WecomCredential | readonly WecomCredential[] | undefined>)

/** The function of these. */
export type CredentialsFunction = Extract<WecomCredentials, (hint: CredentialHint) => unknown>

/** A credential that was checked, its key decoded. */
export interface Credential {
  token: string
  key: Buffer
  /** A list, where it is no predicate. */
  receiveId: Exclude<ReceiveIdPolicy, string>
  name: string
  emptyAnswer: 'auto' | 'empty' | 'success'
  /** What tells it apart: its name, else a fingerprint of token and key. Worked out when it first opens a message. */
  identity: string | undefined
}

/** What WeCom signs, plus the signature. */
export interface Signed {
  signature: string
  timestamp: string
  nonce: string
  encrypt: string
}
