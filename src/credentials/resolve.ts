import { quote, wecomError } from '../errors.js'
import { withTimeout } from '../support/with-timeout.js'
import { checkCredentials } from './check.js'
import { unavailable } from './errors.js'
import type { Credential, CredentialHint, CredentialsFunction } from './types.js'

/** Asks a function whose request this may be, and checks what it gives as it comes. */
export function createResolver (
  credentials: CredentialsFunction,
  resolveTimeout: number
): (hint: CredentialHint) => Promise<Credential[]> {
  return async hint => {
    const found = await withTimeout(async () => await credentials(hint), resolveTimeout).catch(cause => {
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

function notFound ({ phase, params, toUserName, agentId }: CredentialHint): Error {
  const hint = Object.entries({ phase, ...params, toUserName, agentId }).filter(([, value]) => value !== undefined)
  return wecomError('WECOM_CREDENTIALS_NOT_FOUND', {
    expected: 'the credentials function to know this tenant',
    got: `nothing for ${hint.map(([key, value]) => `${key} ${quote(value)}`).join(', ')}`,
    fix: 'If this tenant should be known, store its token and key first. Strangers who probe the URL get this too.'
  })
}
