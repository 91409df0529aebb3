import { hash } from 'node:crypto'
import type { RequestIdentity, WecomCallback } from '../receiver/received.js'

/**
 * What tells messages apart: the place with its path parameters (tenants), the credential, the receiveId, the app or
 * bot, the kind, and the message's own id; events have none and are told apart by their whole text. A bot's message is
 * never told by its text where it has an id, as a retry may carry another `response_url`.
 */
export function runKey (
  scope: string,
  credential: string,
  { message, kind, format, plaintext, receiveId, params }: WecomCallback
): string {
  const { MsgId, msgid, AgentID, aibotid } = message as unknown as Record<string, unknown>
  const id = isId(MsgId) ? MsgId : isId(msgid) ? msgid : undefined
  const told = id === undefined ? part('text') + part(plaintext) : part('id') + part(id)
  const app = appPart(AgentID ?? aibotid ?? '')
  return digest(
    part(scope) + paramsPart(params) + part(credential) + part(receiveId) + app + part(kind) + part(format) + told
  )
}

/**
 * What was signed, whatever the path of the request says: the same for a captured request that is sent to another one.
 */
export function captureKey ({ signature }: RequestIdentity): string {
  // Those of runs begin with a digit.
  return digest(`signed ${signature}`)
}

/** 43 characters that tell nothing of the message. */
function digest (text: string): string {
  return hash('sha256', text, 'base64url')
}

function isId (value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** With its length in front no text can pass for two, and no two for one. */
function part (text: string): string {
  return `${text.length}:${text}`
}

/** Their number in front, as each route has its own. */
function paramsPart (params: Readonly<Record<string, string>>): string {
  const names = Object.keys(params)
  let parts = `${names.length};`
  for (const name of names) parts += part(name) + part(String(params[name]))
  return parts
}

/** WeCom's are text; whatever else a message has there is told apart from every text. */
function appPart (id: unknown): string {
  return typeof id === 'string' ? part(id) : `-${part(JSON.stringify(id))}`
}
