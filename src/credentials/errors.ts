import { quote, wecomError } from '../errors.js'
import { rejectionText } from '../support/strip-error-details.js'
import type { Credential, ReceiveIdPolicy, Signed } from './types.js'

export function signatureMismatch (candidates: readonly Credential[], { encrypt }: Signed): Error {
  if (encodedTwice(encrypt)) {
    return wecomError('WECOM_SIGNATURE_MISMATCH', {
      expected: 'a ciphertext in base64, as WeCom signed it',
      got: 'one with %2B, %2F or %3D in it: it was URL-encoded twice',
      fix: 'Something between WeCom and this server (a proxy, a gateway, a rewrite rule) encodes the query once ' +
        'more: configure it to pass the query unchanged.'
    })
  }
  return wecomError('WECOM_SIGNATURE_MISMATCH', {
    expected:
      candidates.length === 1
        ? 'a signature made with the configured token'
        : `a signature made with one of the ${candidates.length} configured tokens`,
    got: 'another one',
    fix: 'Compare Token with the WeCom console (blanks?), and check that the query and body reach this server ' +
      'unchanged. Requests that are not from WeCom get this error too.'
  })
}

/** A base64 text that was encoded for a URL once more: its `+`, `/` and `=` are `%2B`, `%2F` and `%3D`. */
function encodedTwice (encrypt: string): boolean {
  return encrypt.includes('%') && /^[A-Za-z0-9+/=]*(%(25)*(2B|2F|3D)[A-Za-z0-9+/=]*)+$/i.test(encrypt)
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
    got: /^[\w@.-]{0,64}$/.test(receiveId) ? quote(receiveId) : 'something that is not an id',
    fix: 'If that id is yours, set receiveId to it, or to a list: the id depends on the scene (corpid, suite id, or ' +
      '"" for bots) and may differ between GET and POST.'
  })
}

/** @param sent the timestamp in milliseconds; `NaN` for one that is none */
export function timestampOutOfRange (timestamp: string, sent: number, tolerance: number): Error {
  return wecomError('WECOM_TIMESTAMP_OUT_OF_RANGE', {
    expected: `a timestamp within ${tolerance / 1000} s of this server's clock, ${new Date().toISOString()}`,
    got: Number.isNaN(sent) || sent > 8.64e15 ? quote(timestamp) : new Date(sent).toISOString(),
    fix: 'Set the clock of this server (NTP), or raise timestampTolerance. A request that was recorded and ' +
      'is sent again gets this error too.'
  })
}

/** A function of the user's failed: it is not the sender's fault. */
export function unavailable (what: 'credentials' | 'receiveId', cause: unknown): Error {
  return wecomError('WECOM_CREDENTIALS_UNAVAILABLE', {
    expected: `the ${what} function to return in time, and something usable`,
    got: rejectionText(cause),
    fix: 'WeCom got 503 and will try again. Check what the function asks (a database?), cache what it finds, or ' +
      'raise resolveTimeout.',
    cause
  })
}
