import { quote, wecomError } from '../errors.js'
import { withTimeout } from '../support/with-timeout.js'
import type { CredentialHint, ReceiveIdPolicy } from './types.js'
import { unavailable } from './unavailable.js'

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
