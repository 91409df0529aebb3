import { wecomError } from '../errors.js'
import { rejectionText } from '../support/strip-error-details.js'

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
