import type { Outcome, Settlement } from './attempts.js'
import type { Asker } from './store-access.js'

/** The connection on which WeCom waits for the answer. */
export interface Connection {
  /** Whether the connection is gone, and the response was not written by the handler's own hand. */
  isGone (): boolean
  /**
   * Calls the listener once the connection is gone without an answer, soon if it is gone already. Returns how to stop
   * listening.
   */
  onHangUp (listener: () => void): () => void
}

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
  connection: Connection
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

/** The handling of a message, as its handler sees it. */
export interface Run {
  readonly settled: boolean
  /** What holds once the handler has ended: see `OwnedRun.settle`. Made when it is first read. */
  readonly outcome: Promise<Outcome>
  /** Aborts when the server closes and its grace is over, or when nobody can collect the reply any more. */
  readonly signal: AbortSignal
  /** Only the first call counts. */
  settle (settlement: Settlement): void
  /** Aborts the signal, whatever the run has come to. */
  abort (reason: string): void
}
