import { hash } from 'node:crypto'
import type { RequestIdentity, WecomCallback } from '../receiver/received.js'

/** Paths can be long, and names are kept by the hundred thousand: a longer one is its hash. */
const LONGEST_NAME = 512

/**
 * What tells messages apart: the place with its path parameters (tenants), the credential, the receiveId, the app or
 * bot, the kind, and the message's own id; events have none and are told apart by their whole text. A bot's message is
 * never told by its text where it has an id, as a retry may carry another `response_url`.
 *
 * Two messages never share a name, and it shows no text of a message. It is for this process alone: ids of tenants and
 * members are in it.
 */
export function runName (
  scope: string,
  { credential }: RequestIdentity,
  { message, kind, format, plaintext, receiveId, params }: WecomCallback
): string {
  const { MsgId, msgid, AgentID, aibotid } = message as unknown as Record<string, unknown>
  const id = isId(MsgId) ? MsgId : isId(msgid) ? msgid : undefined
  const told = id === undefined ? part('text') + part(hash('sha256', plaintext, 'base64url')) : part('id') + part(id)
  const app = appPart(AgentID ?? aibotid ?? '')
  const name =
    part(scope) + paramsPart(params) + part(credential) + part(receiveId) + app + part(kind) + part(format) + told
  return name.length <= LONGEST_NAME ? name : hashRunName(name)
}

/** The key of a run outside this process, in Redis and in logs: 43 characters that tell nothing of the message. */
export function hashRunName (name: string): string {
  return hash('sha256', name, 'base64url')
}

/** Both in one. */
export function runKey (scope: string, identity: RequestIdentity, callback: WecomCallback): string {
  return hashRunName(runName(scope, identity, callback))
}

/**
 * What was signed, whatever the path of the request says: the same for a captured request that is sent to another one.
 */
export function captureKey ({ signature }: RequestIdentity): string {
  // Names of runs begin with a digit.
  return hashRunName(`signed ${signature}`)
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
