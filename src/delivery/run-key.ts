import { createHash } from 'node:crypto'
import type { WecomCallback } from '../receiver.js'

/**
 * What tells messages apart: the place with its path parameters (tenants), the credential, the receiveId, the app or bot, the kind, and the message's own id; events
 * have none and are told apart by their whole text. A bot's message is never told by its text, as a retry may carry another
 * `response_url`. Polls of a bot's stream are each a message of their own: undefined.
 */
export function runKey (scope: string, { message, kind, format, plaintext, receiveId, credentialName, params }: WecomCallback): string | undefined {
  if (kind === 'aibot.stream') return undefined
  const { MsgId, msgid, AgentID, aibotid } = message as unknown as Record<string, unknown>
  const id = [MsgId, msgid].find(value => typeof value === 'string' && value !== '')
  const parts = [scope, Object.entries(params), credentialName, receiveId, AgentID ?? aibotid ?? '', kind, format, id === undefined ? 'text' : 'id', id ?? plaintext]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
