import { randomBytes } from 'node:crypto'
import { checkCredentials } from '../credentials/check.js'
import { receiveIdMismatch } from '../credentials/errors.js'
import { matchSignature } from '../credentials/open.js'
import type { Credential, Signed } from '../credentials/types.js'
import { spacesToPlus } from '../crypto/query.js'
import { decrypt, type Decrypted } from '../crypto/scheme.js'
import { readEnvelope, seal } from '../envelope/envelope.js'
import { quote, wecomError } from '../errors.js'
import { checkNames } from '../support/options.js'

/** The settings of one callback URL, as shown by the WeCom console. */
export interface WecomCryptoOptions {
  /**
   * Token of the callback URL, as in the WeCom console.
   *
   * @example token: 'QDG6eK'
   */
  token: string
  /**
   * 43 characters.
   *
   * @example encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
   */
  encodingAESKey: string
  /**
   * The one, the ones, or a predicate of the ones accepted. `''` is a value (bots), not "don't check".
   *
   * @example receiveId: ['ww5823bf96d3bd56c7', 'tj4asffe99e54c0f4c']
   */
  receiveId: string | readonly string[] | ((receiveId: string) => boolean)
}

/** The query of a callback request. */
export interface SignedQuery {
  /** `msg_signature`. */
  signature: string
  timestamp: string
  nonce: string
}

/** What `decryptMessage` found. */
export interface DecryptedMessage {
  /** The decrypted text, XML or JSON, exactly as WeCom wrote it. */
  message: string
  /** Which receiveId it carried: authenticated. */
  receiveId: string
  /** The envelope's format; the message inside may differ. */
  format: 'xml' | 'json'
  /**
   * How the envelope's keys are spelled: `encrypt` or `Encrypt`. XML has the second only. Give it to `encryptMessage`:
   * WeCom reads an answer in its own spelling.
   */
  spelling: 'lower' | 'capital'
  /** From the envelope: not authenticated. */
  toUserName: string | undefined
  /** From the envelope: not authenticated. */
  agentId: string | undefined
  /** The message had parts of characters in it: each is U+FFFD now. */
  damaged?: true
}

export interface EncryptOptions {
  /**
   * The envelope's format.
   *
   * @example format: 'json'
   */
  format: 'xml' | 'json'
  /**
   * Keys of a JSON envelope: `encrypt, msgsignature, timestamp, nonce` (`lower`), or
   * `Encrypt, MsgSignature, TimeStamp, Nonce`. Default `lower`. XML has one spelling.
   *
   * @example spelling: 'capital'
   */
  spelling?: 'lower' | 'capital' | undefined
  /**
   * Unix seconds. Default: now.
   *
   * @example timestamp: 1_409_659_589
   */
  timestamp?: string | number | undefined
  /**
   * Bots want the request's own. Default: random.
   *
   * @example nonce: '263014780'
   */
  nonce?: string | undefined
  /**
   * Needed where the configured receiveId is a list or a predicate: the one the message arrived with. Default: the
   * configured one.
   *
   * @example receiveId: 'ww5823bf96d3bd56c7'
   */
  receiveId?: string | undefined
}

/** The three calls of the official libraries. */
export interface WecomCrypto {
  /**
   * Checks the signature of URL verification and opens `echostr`; answer the GET with exactly this text.
   *
   * @throws WecomError WECOM_PARAMETER_INVALID, WECOM_SIGNATURE_MISMATCH, and those of decryption
   */
  verifyUrl (input: SignedQuery & { echostr: string }): string
  /**
   * Checks the signature of a message and opens it. `body` is the raw envelope, XML or JSON. No timestamp is checked.
   *
   * @throws WecomError WECOM_PARAMETER_INVALID, WECOM_ENVELOPE_INVALID, WECOM_SIGNATURE_MISMATCH, and those of
   * decryption
   */
  decryptMessage (input: SignedQuery & { body: string | Uint8Array }): DecryptedMessage
  /**
   * Encrypts a passive reply and returns the whole envelope.
   *
   * @throws WecomError WECOM_OPTION_INVALID, WECOM_PARAMETER_INVALID, WECOM_ENCRYPT_FAILED, WECOM_RECEIVE_ID_MISMATCH,
   * WECOM_ENVELOPE_WRITE_FAILED
   */
  encryptMessage (message: string, options: EncryptOptions): string
}

/**
 * WeCom's callback cryptography (page 90968) without a server: what the official libraries call WXBizMsgCrypt.
 *
 * @example
 * ```ts
 * const crypto = createWecomCrypto({ token, encodingAESKey, receiveId: corpId })
 * const envelope = crypto.encryptMessage('<xml>…</xml>', { format: 'xml' })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function createWecomCrypto (options: WecomCryptoOptions): WecomCrypto {
  const credential = checkCredentials(options)[0] as Credential
  const { token, key } = credential
  const policy = options.receiveId

  function open (signed: Signed, repair = false): Decrypted {
    matchSignature([credential], signed)
    const opened = decrypt(key, signed.encrypt, repair)
    if (!accepts(policy, opened.receiveId)) throw receiveIdMismatch(policy, opened.receiveId)
    return opened
  }

  return {
    verifyUrl ({ signature, timestamp, nonce, echostr }) {
      const signed = checkSigned({ signature, timestamp, nonce })
      return open({ ...signed, encrypt: spacesToPlus(requireText('echostr', echostr)) }).message
    },

    decryptMessage ({ signature, timestamp, nonce, body }) {
      const signed = checkSigned({ signature, timestamp, nonce })
      const { encrypt, format, spelling, toUserName, agentId } = readEnvelope(body)
      return { ...open({ ...signed, encrypt }, true), format, spelling, toUserName, agentId }
    },

    encryptMessage (message, options) {
      checkNames('encryptMessage', options, ['format', 'spelling', 'timestamp', 'nonce', 'receiveId'])
      const { format, spelling = 'lower', timestamp, nonce, receiveId } = options
      if (typeof message !== 'string') {
        throw wecomError('WECOM_ENCRYPT_FAILED', {
          expected: 'message to be a text',
          got: quote(message),
          fix: 'Write the reply as XML or JSON text first.'
        })
      }
      return seal({
        token,
        key,
        message,
        receiveId: replyReceiveId(policy, receiveId),
        timestamp: checkTimestamp(timestamp ?? Math.floor(Date.now() / 1000)),
        nonce: requireText('nonce', nonce ?? randomBytes(8).toString('hex'))
      }, { format, spelling: checkSpelling(spelling) })
    }
  }
}

function accepts (policy: WecomCryptoOptions['receiveId'], receiveId: string): boolean {
  if (typeof policy !== 'function') return [policy].flat().includes(receiveId)
  const verdict: unknown = policy(receiveId)
  if (typeof verdict === 'boolean') return verdict
  throw wecomError('WECOM_OPTION_INVALID', {
    expected: 'the receiveId predicate to return true or false',
    got: verdict instanceof Promise ? 'a promise' : quote(verdict),
    fix: 'These calls are synchronous; fastify-wecom/receiver takes an async predicate.'
  })
}

function replyReceiveId (policy: WecomCryptoOptions['receiveId'], receiveId: string | undefined): string {
  if (receiveId !== undefined && accepts(policy, requireString('receiveId', receiveId))) return receiveId
  if (receiveId !== undefined) throw receiveIdMismatch(policy, receiveId)
  if (typeof policy === 'string') return policy
  throw wecomError('WECOM_RECEIVE_ID_MISMATCH', {
    expected: 'encryptMessage to be told the receiveId, as several are accepted',
    got: 'none',
    fix: 'Pass the receiveId that decryptMessage returned for the request.'
  })
}

function checkSigned ({ signature, timestamp, nonce }: SignedQuery): SignedQuery {
  return {
    signature: requireSignature(signature),
    timestamp: requireText('timestamp', timestamp),
    nonce: requireText('nonce', nonce)
  }
}

function checkTimestamp (timestamp: string | number): string {
  const text = String(timestamp)
  if (/^\d{1,15}$/.test(text)) return text
  throw wecomError('WECOM_PARAMETER_INVALID', {
    expected: 'timestamp to be Unix seconds',
    got: quote(text),
    fix: 'Pass Math.floor(Date.now() / 1000), or leave it out.'
  })
}

function checkSpelling (spelling: unknown): 'lower' | 'capital' {
  if (spelling === 'lower' || spelling === 'capital') return spelling
  throw wecomError('WECOM_ENVELOPE_WRITE_FAILED', {
    expected: "spelling to be 'lower' or 'capital'",
    got: quote(spelling),
    fix: 'Pass the spelling that decryptMessage returned for the request.'
  })
}

/** Without one nothing fits, as all official libraries say (-40001). */
function requireSignature (value: unknown): string {
  const text = requireString('signature', value)
  if (text !== '') return text
  throw wecomError('WECOM_SIGNATURE_MISMATCH', {
    expected: 'a signature made with the configured token',
    got: 'an empty one',
    fix: PASS_QUERY
  })
}

function requireText (name: string, value: unknown): string {
  const text = requireString(name, value)
  if (text !== '') return text
  throw wecomError('WECOM_PARAMETER_INVALID', {
    expected: `${name} to be a text`,
    got: 'an empty one',
    fix: PASS_QUERY
  })
}

function requireString (name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw wecomError('WECOM_PARAMETER_INVALID', { expected: `${name} to be a text`, got: quote(value), fix: PASS_QUERY })
}

const PASS_QUERY = 'Pass the value from the request, URL-decoded once.'
