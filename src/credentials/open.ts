import { decrypt, type Decrypted } from '../crypto/cipher.js'
import { computeSignature, signaturesEqual } from '../crypto/signature.js'
import { wecomError, type WecomErrorCode } from '../errors.js'
import { isWecomError } from '../support/strip-error-details.js'
import { checkReceiveId } from './receive-id.js'
import type { Credential, CredentialHint, Sealed } from './types.js'

/** What `openSealed` made of a sealed text. */
export interface Opened extends Decrypted {
  credential: Credential
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
