import { hash } from 'node:crypto'
import { computeSignature, decrypt, signaturesEqual, type Decrypted } from '../crypto/scheme.js'
import type { WecomErrorCode } from '../errors.js'
import { isWecomError } from '../support/strip-error-details.js'
import { withTimeout } from '../support/with-timeout.js'
import { receiveIdMismatch, signatureMismatch, timestampOutOfRange, unavailable } from './errors.js'
import type { Credential, CredentialHint, Signed } from './types.js'

/** What was in a ciphertext, and whose it was. */
export interface Opened {
  decrypted: Decrypted
  credential: OpenedCredential
}

/** One that has opened a message: what tells it apart is known. */
export type OpenedCredential = Credential & { identity: string }

/** One whose policy is no function: nobody has to be asked. */
export type ListedCredential = Credential & { receiveId: readonly string[] }

export function areListed (credentials: readonly Credential[]): credentials is ListedCredential[] {
  return credentials.every(({ receiveId }) => typeof receiveId !== 'function')
}

/**
 * Opens a request at once, as no policy is a function: with the first credential whose signature, key and receiveId
 * fit; see `openSealed`.
 */
export function openListed (candidates: readonly ListedCredential[], signed: Signed, tolerance: number): Opened {
  const faults: unknown[] = []
  for (const credential of matchSigned(candidates, signed, tolerance)) {
    try {
      const decrypted = decrypt(credential.key, signed.encrypt, true)
      if (!credential.receiveId.includes(decrypted.receiveId)) {
        throw receiveIdMismatch(credential.receiveId, decrypted.receiveId)
      }
      credential.identity ??= fingerprint(credential)
      return { decrypted, credential: credential as OpenedCredential }
    } catch (error) {
      faults.push(error)
    }
  }
  throw furthest(faults)
}

/** The credentials whose signature fits; throws where none does, or where the clock says another time. */
export function matchSigned<C extends Credential> (
  candidates: readonly C[], signed: Signed, tolerance: number
): readonly C[] {
  // Told after the signature: a stranger learns nothing of the clock.
  const sent = wholeNumber(signed.timestamp) * 1000
  const inTime = tolerance === Infinity || Math.abs(Date.now() - sent) <= tolerance
  const matching = matchSignature(candidates, signed)
  if (!inTime) throw timestampOutOfRange(signed.timestamp, sent, tolerance)
  return matching
}

/** The credentials whose signature fits, whenever it was made; throws where none does. */
export function matchSignature<C extends Credential> (candidates: readonly C[], signed: Signed): readonly C[] {
  const [only] = candidates
  if (candidates.length === 1 && only !== undefined) {
    if (fits(only, signed)) return candidates
  } else {
    const matching = candidates.filter(credential => fits(credential, signed))
    if (matching.length > 0) return matching
  }
  throw signatureMismatch(candidates, signed)
}

function fits ({ token }: Credential, { signature, timestamp, nonce, encrypt }: Signed): boolean {
  return signaturesEqual(computeSignature(token, timestamp, nonce, encrypt), signature)
}

/** Of 1 to 15 digits, which a number holds exactly; `NaN` for any other text. */
function wholeNumber (text: string): number {
  if (text.length === 0 || text.length > 15) return NaN
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
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
      const decrypted = decrypt(credential.key, encrypted, true)
      await checkReceiveId(credential.receiveId, decrypted.receiveId, hint, resolveTimeout)
      credential.identity ??= fingerprint(credential)
      return { decrypted, credential: credential as OpenedCredential }
    } catch (error) {
      faults.push(error)
    }
  }
  throw furthest(faults)
}

/**
 * Throws unless the policy accepts the receiveId, exactly: '0' is not '0e1'. An async predicate has `resolveTimeout`
 * milliseconds.
 */
export async function checkReceiveId (
  policy: Credential['receiveId'],
  receiveId: string,
  hint: CredentialHint,
  resolveTimeout: number
): Promise<void> {
  const accepted =
    typeof policy === 'function'
      ? await withTimeout(async () => await policy(receiveId, hint), resolveTimeout).catch(cause => {
        throw unavailable('receiveId', cause)
      })
      : policy.includes(receiveId)
  if (accepted !== true) throw receiveIdMismatch(policy, receiveId)
}

/** From which neither token nor key can be told. */
function fingerprint ({ token, key }: Credential): string {
  return hash('sha256', JSON.stringify(['credential', token, key.toString('base64')]), 'base64url')
}

function furthest (faults: readonly unknown[]): unknown {
  const withCode = (code: WecomErrorCode) => faults.find(fault => isWecomError(fault) && fault.code === code)
  return FURTHEST_FIRST.map(withCode).find(Boolean) ?? faults[0]
}

const FURTHEST_FIRST: WecomErrorCode[] = [
  'WECOM_CREDENTIALS_UNAVAILABLE',
  'WECOM_RECEIVE_ID_MISMATCH',
  'WECOM_PLAINTEXT_INVALID',
  'WECOM_DECRYPT_FAILED'
]
