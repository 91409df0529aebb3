import type { WecomCallback } from '../receiver/types.js'
import type { CallbackContext } from './context.js'

/** A message on its way through a queue: the context of a handler, without what belongs to the request. */
export interface InboxMessage extends Omit<WecomCallback, 'message' | 'sender'> {
  /** The run key: the same for every attempt of WeCom for this message, so it can be the id of a job. */
  readonly key: string
}

/**
 * A durable queue. Messages that it accepts are acknowledged to WeCom only after `put` has resolved; if it rejects,
 * WeCom gets 503 and tries again. `bullmqInbox()` of fastify-wecom/bullmq is one. To write your own, implement this
 * interface.
 */
export interface Inbox {
  /**
   * Which messages go through the queue; the others are handled at once. Must not be async: a promise is refused
   * (WECOM_OPTION_INVALID).
   */
  accepts (context: CallbackContext): boolean
  /**
   * Resolves once the message will survive this process. A key that is there already is no error; it must be remembered
   * until `keepUntil` (milliseconds since 1970), so that a captured request that is sent again is known.
   */
  put (message: InboxMessage, options?: { keepUntil?: number }): Promise<void>
  /** The server has closed. */
  close? (): Promise<void>
}
