import { hash } from 'node:crypto'
import type { RequestIdentity, WecomCallback } from '../receiver/types.js'

/** By which this package knows its streams; others are the app's. */
export const ID_PREFIX = 'fw1-'
/** 132 bits of a run's key. */
const DIGITS = 22
const OWN_ID = new RegExp(`^${ID_PREFIX}[\\w-]{${DIGITS}}$`)

/** The id of the stream that answers a message: every retry, and whoever runs its handler again, has the same. */
export function streamId (runKey: string): string {
  return ID_PREFIX + runKey.slice(0, DIGITS)
}

/** Whether this package may have begun the stream. */
export function isOwnId (id: unknown): id is string {
  return typeof id === 'string' && OWN_ID.test(id)
}

/** Where a message was sent to: a stream, or a conversation, of one place is never that of another. */
export interface Place {
  /** The callback's path, with its parameters. */
  scope: string
  params: Readonly<Record<string, string>>
  identity: RequestIdentity
}

/** What the store knows a stream by: 43 characters that tell nothing, and are the same for each of its polls. */
export function streamKey (id: string, place: Place, callback: WecomCallback): string {
  return digest('stream', id, place, callback)
}

/** The same for the streams that `stopStreams()` ends together. */
export function conversationDigest (conversation: string, place: Place, callback: WecomCallback): string {
  return digest('conversation', conversation, place, callback)
}

function digest (what: string, name: string, { scope, params, identity }: Place, callback: WecomCallback): string {
  const { aibotid } = callback.message as { aibotid?: unknown }
  // As JSON, no two lists make the same text.
  const told = [what, name, scope, Object.entries(params), identity.credential, callback.receiveId, aibotid ?? null]
  return hash('sha256', JSON.stringify(told), 'base64url')
}
