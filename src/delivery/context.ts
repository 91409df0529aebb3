import type { WecomCallback } from '../receiver/received.js'
import type { Log } from '../support/log.js'

/** A message and its handling, on any server. */
export interface CallbackContext<L extends Log = Log> extends WecomCallback {
  /** The same for every request of WeCom for this message, and for no other message: 43 characters of [A-Za-z0-9_-]. */
  readonly key: string
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /**
   * Aborts when the server closes and its grace is over, or when no retry of WeCom can collect the reply any more. Made
   * when it is first read.
   */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: L
}
