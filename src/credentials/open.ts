import { hash } from 'node:crypto'
import { decrypt } from '../crypto/cipher.js'
import { computeSignature, signaturesEqual } from '../crypto/signature.js'
import { quote, wecomError, type WecomErrorCode } from '../errors.js'
import { isWecomError } from '../support/strip-error-details.js'
import { withTimeout } from '../support/with-timeout.js'
import { receiveIdMismatch, signatureMismatch, unavailable } from './errors.js'
import type { Credential, CredentialHint, ReceiveIdPolicy, Sealed } from './types.js'

/** What was in a sealed text, and whose it was. */
export interface Opened {
  message: string
  receiveId: string
  /** See `Decrypted`. */
  damaged: boolean
  credential: OpenedCredential
}

/** One that has opened a message: what tells it apart is known. */
export type OpenedCredential = Credential & { identity: string }

/** One whose policy is no function: nobody has to be asked. */
export type ListedCredential = Credential & { receiveId: string | readonly string[] }

export function areListed (credentials: readonly Credential[]): credentials is ListedCredential[] {
  return credentials.every(({ receiveId }) => typeof receiveId !== 'function')
}

/**
 * Opens a request at once, as no policy is a function: with the first credential whose signature, key and receiveId
 * fit; see `openSealed`.
 */
export function openListed (candidates: readonly ListedCredential[], sealed: Sealed, tolerance: number): Opened {
  const faults: unknown[] = []
  for (const credential of matchSigned(candidates, sealed, tolerance)) {
    try {
      const opened = open(credential, sealed.encrypt)
      if (listed(credential.receiveId, opened.receiveId)) return opened
      faults.push(receiveIdMismatch(credential.receiveId, opened.receiveId))
    } catch (error) {
      faults.push(error)
    }
  }
  throw furthest(faults)
}

/** The credentials whose signature fits; throws where none does, or where the clock says another time. */
export function matchSigned<C extends Credential> (
  candidates: readonly C[], sealed: Sealed, tolerance: number
): readonly C[] {
  const matching = matchSignature(candidates, sealed)
  checkTimestamp(sealed.timestamp, tolerance)
  return matching
}

/** The credentials whose signature fits, whenever it was made; throws where none does. */
export function matchSignature<C extends Credential> (candidates: readonly C[], sealed: Sealed): readonly C[] {
  const [only] = candidates
  if (candidates.length === 1 && only !== undefined) {
    if (fits(only, sealed)) return candidates
  } else {
    const matching = candidates.filter(credential => fits(credential, sealed))
    if (matching.length > 0) return matching
  }
  throw signatureMismatch(candidates, sealed)
}

function fits ({ token }: Credential, { signature, timestamp, nonce, encrypt }: Sealed): boolean {
  return signaturesEqual(computeSignature(token, timestamp, nonce, encrypt), signature)
}

function checkTimestamp (timestamp: string, tolerance: number): void {
  if (tolerance === Infinity) return
  const now = Date.now()
  const sent = wholeNumber(timestamp) * 1000
  if (Math.abs(now - sent) <= tolerance) return
  throw wecomError('WECOM_TIMESTAMP_OUT_OF_RANGE', {
    expected: `a timestamp within ${tolerance / 1000} s of this server's clock, ${new Date(now).toISOString()}`,
    got: Number.isNaN(sent) || sent > 8.64e15 ? quote(timestamp) : new Date(sent).toISOString(),
    fix: 'Set the clock of this server (NTP), or raise timestampTolerance. A request that was recorded and ' +
      'is sent again gets this error too.'
  })
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
      const opened = open(credential, encrypted)
      await checkReceiveId(credential.receiveId, opened.receiveId, hint, resolveTimeout)
      return opened
    } catch (error) {
      faults.push(error)
    }
  }
  throw furthest(faults)
}

/** Throws unless the policy accepts the receiveId; an async predicate has `resolveTimeout` milliseconds. */
export async function checkReceiveId (
  policy: ReceiveIdPolicy,
  receiveId: string,
  hint: CredentialHint,
  resolveTimeout: number
): Promise<void> {
  const accepted =
    typeof policy === 'function'
      ? await withTimeout(async () => await policy(receiveId, hint), resolveTimeout).catch(cause => {
        throw unavailable('receiveId', cause)
      })
      : listed(policy, receiveId)
  if (accepted !== true) throw receiveIdMismatch(policy, receiveId)
}

/** Whether a receiveId is the one, or among those, that were configured. Exact: '0' is not '0e1'. */
export function listed (policy: string | readonly string[], receiveId: string): boolean {
  return typeof policy === 'string' ? policy === receiveId : policy.includes(receiveId)
}

function open (credential: Credential, encrypted: string): Opened {
  const { message, receiveId, damaged } = decrypt(credential.key, encrypted, true)
  credential.identity ??= credential.name === '' ? fingerprint(credential) : credential.name
  return { message, receiveId, damaged: damaged === true, credential: credential as OpenedCredential }
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
