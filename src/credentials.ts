import { isWecomError, rejectionText } from './bare-error.js'
import { checkCredentials } from './check-credentials.js'
import type { Credential, CredentialHint, ReceiveIdPolicy, Sealed, WecomCredentials } from './credentials/types.js'
import { computeSignature, signaturesEqual } from './crypto/signature.js'
import { decrypt, type Decrypted } from './crypto/cipher.js'
import { quote, wecomError, type WecomErrorCode } from './errors.js'
import { withinTime } from './within-time.js'

export type {
  Credential, CredentialHint, ReceiveIdPolicy, Sealed, WecomCredential, WecomCredentials
} from './credentials/types.js'

/** What `openSealed` made of a sealed text. */
export interface Opened extends Decrypted {
  credential: Credential
}

/** Asks whose request this may be. Static credentials are checked here, once; those of a function as they come. */
export function createResolver (
  credentials: WecomCredentials,
  resolveTimeout: number
): (hint: CredentialHint) => Credential[] | Promise<Credential[]> {
  if (typeof credentials !== 'function') {
    const fixed = checkCredentials(credentials)
    return () => fixed
  }
  return async hint => {
    const found = await withinTime(async () => await credentials(hint), resolveTimeout).catch(cause => {
      throw unavailable('credentials', cause)
    })
    const none = found === undefined || found === null || (Array.isArray(found) && found.length === 0)
    if (none) throw notFound(hint)
    try {
      return checkCredentials(found)
    } catch (cause) {
      throw unavailable('credentials', cause)
    }
  }
}

/** The credentials whose signature fits; throws where none does. */
export function matchSignature (
  candidates: readonly Credential[],
  { signature, timestamp, nonce, encrypt }: Sealed
): Credential[] {
  const matching = candidates.filter(({ token }) =>
    signaturesEqual(computeSignature(token, timestamp, nonce, encrypt), signature)
  )
  if (matching.length > 0) return matching
  if (encodedTwice(encrypt)) {
    throw wecomError('WECOM_SIGNATURE_MISMATCH', {
      expected: 'a ciphertext in base64, as WeCom signed it',
      got: 'one with %2B, %2F or %3D in it: it was URL-encoded twice',
      fix: 'Something between WeCom and this server (a proxy, a gateway, a rewrite rule) encodes the query once ' +
        'more: make it pass the query as it came.'
    })
  }
  throw wecomError('WECOM_SIGNATURE_MISMATCH', {
    expected:
      candidates.length === 1
        ? 'a signature made with the configured token'
        : `a signature made with one of the ${candidates.length} configured tokens`,
    got: 'another one',
    fix: 'Compare Token with the WeCom console (blanks?), and check that the query and body reach this server ' +
      "unchanged. Requests that are not WeCom's end here too."
  })
}

/** A base64 text that was encoded for a URL once more: its `+`, `/` and `=` are `%2B`, `%2F` and `%3D`. */
function encodedTwice (encrypt: string): boolean {
  return /^[A-Za-z0-9+/=]*(%(25)*(2B|2F|3D)[A-Za-z0-9+/=]*)+$/i.test(encrypt)
}

/**
 * Tries the credentials in turn: with one token for two keys or two receiveIds, the first that fits is the one. Where
 * none does, the error is of the one that came furthest: a receiveId that was read says more than a key that did not
 * fit.
 */
export async function openSealed (
  matching: readonly Credential[],
  encrypted: string,
  hint: CredentialHint,
  resolveTimeout: number
): Promise<Opened> {
  const faults: unknown[] = []
  for (const credential of matching) {
    try {
      const opened = decrypt(credential.key, encrypted, true)
      await checkReceiveId(credential.receiveId, opened.receiveId, hint, resolveTimeout)
      return { ...opened, credential }
    } catch (error) {
      faults.push(error)
    }
  }
  throw (
    FURTHEST_FIRST.map(code => faults.find(fault => isWecomError(fault) && fault.code === code)).find(Boolean) ??
    faults[0]
  )
}

const FURTHEST_FIRST: WecomErrorCode[] = [
  'WECOM_CREDENTIALS_UNAVAILABLE',
  'WECOM_RECEIVE_ID_MISMATCH',
  'WECOM_PLAINTEXT_INVALID',
  'WECOM_DECRYPT_FAILED'
]

/** Throws unless the policy accepts the receiveId; an async predicate has `resolveTimeout` milliseconds. */
export async function checkReceiveId (
  policy: ReceiveIdPolicy,
  receiveId: string,
  hint: CredentialHint,
  resolveTimeout: number
): Promise<void> {
  const accepted =
    typeof policy === 'function'
      ? await withinTime(async () => await policy(receiveId, hint), resolveTimeout).catch(cause => {
        throw unavailable('receiveId', cause)
      })
      : listed(policy, receiveId)
  if (accepted !== true) throw receiveIdMismatch(policy, receiveId)
}

/** Whether a receiveId is the one, or among those, that were configured. Exact: '0' is not '0e1'. */
export function listed (policy: string | readonly string[], receiveId: string): boolean {
  return typeof policy === 'string' ? policy === receiveId : policy.includes(receiveId)
}

/** Names the id that was found, as the wrong one for the scene is among the most frequent faults. */
export function receiveIdMismatch (policy: ReceiveIdPolicy, receiveId: string): Error {
  return wecomError('WECOM_RECEIVE_ID_MISMATCH', {
    expected:
      typeof policy === 'function'
        ? 'a receiveId that the predicate accepts'
        : `receiveId ${[policy].flat().map(quote).join(' or ')}`,
    // Who has the token alone can shift the length field, and with it what is read as the id: no text of a message may
    // be logged.
    got: /^[\w@.-]{0,64}$/.test(receiveId) ? quote(receiveId) : 'something that is no id',
    fix: 'If that id is yours, set receiveId to it, or to a list: the id depends on the scene (corpid, suite id, or ' +
      '"" for bots) and may differ between GET and POST.'
  })
}

function unavailable (what: 'credentials' | 'receiveId', cause: unknown): Error {
  return wecomError('WECOM_CREDENTIALS_UNAVAILABLE', {
    expected: `the ${what} function to return in time, and something usable`,
    got: rejectionText(cause),
    fix: 'WeCom got 503 and will try again. Look at what the function asks (a database?), cache what it finds, or ' +
      'raise resolveTimeout.',
    cause
  })
}

function notFound ({ phase, params, toUserName, agentId }: CredentialHint): Error {
  const hint = Object.entries({ phase, ...params, toUserName, agentId }).filter(([, value]) => value !== undefined)
  return wecomError('WECOM_CREDENTIALS_NOT_FOUND', {
    expected: 'the credentials function to know this tenant',
    got: `nothing for ${hint.map(([key, value]) => `${key} ${quote(value)}`).join(', ')}`,
    fix: 'If this tenant should be known, store its token and key first. Strangers probing the URL end here too.'
  })
}
