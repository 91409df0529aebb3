import { createHash } from 'node:crypto'
import type { RequestIdentity, WecomCallback } from '../receiver/received.js'

/**
 * What tells messages apart: the place with its path parameters (tenants), the credential, the receiveId, the app or
 * bot, the kind, and the message's own id; events have none and are told apart by their whole text. A bot's message is
 * never told by its text where it has an id, as a retry may carry another `response_url`.
 */
export function runKey (
  scope: string,
  { credential }: RequestIdentity,
  { message, kind, format, plaintext, receiveId, params }: WecomCallback
): string {
  const { MsgId, msgid, AgentID, aibotid } = message as unknown as Record<string, unknown>
  const id = [MsgId, msgid].find(value => typeof value === 'string' && value !== '')
  return digest([
    scope,
    Object.entries(params),
    credential,
    receiveId,
    AgentID ?? aibotid ?? '',
    kind,
    format,
    id === undefined ? 'text' : 'id',
    id ?? plaintext
  ])
}

/**
 * What was signed, whatever the path of the request says: the same for a captured request that is sent to another one.
 */
export function captureKey ({ signature }: RequestIdentity): string {
  return digest(['signed', signature])
}

function digest (parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
