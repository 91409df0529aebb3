import type { Settlement } from './attempts.js'
import type { Run } from './run.js'
import type { Asker } from './store-access.js'

/** How one message is to be delivered. */
export interface Delivery extends Asker {
  /** When the request came, by `performance.now()`: clocks jump. */
  arrivedAt: number
  /**
   * Milliseconds after which the empty answer goes out; undefined: the answer is held back, as a retry may collect it.
   */
  deadline: number | undefined
  /** A late reply is sent another way: WeCom is not to get it as well. */
  takesLateReplies: boolean
  /** Calls the listener when the connection is gone; returns how to stop listening. */
  onHangUp (listener: () => void): () => void
  /** The connection has gone already: hooks and the store took their time. */
  isGone (): boolean
  /** Calls the handler, which settles the run when it likes. */
  start (run: Run, attempt: number): void
  /** The handler has not ended in the turn of the event loop in which it began. */
  outlives? (): void
  /** The handler ended after WeCom had its answer, or when nobody asks for the reply any more. */
  late (
    settlement: Settlement,
    how: { acknowledged: boolean, /** Why it was aborted, if it was. */ reason: unknown }
  ): void
  /** The handler has taken longer than WeCom waits. */
  slow (): void
  /** The handler failed when nobody waited for it, and an attempt of WeCom has run it again since. */
  repeated (): void
}
