import type { CallbackContext } from '../delivery/context.js'
import type { Connection } from '../delivery/delivery.js'

/** A POST of WeCom that has been received, as its server sees it: all that the core asks of a server. */
export interface Arrival<Context extends CallbackContext = CallbackContext> extends Connection {
  /** What `receive` gave. */
  readonly context: Context
  /** When the request came, by `performance.now()`: clocks jump. */
  readonly arrivedAt: number
  /**
   * Starts the app's handler, whose end goes to the run: `answer`, `fail`, or `bypass` and `written`; the first of them
   * counts. What it throws counts as the handler's. It is called once at most; after `handle` has answered too, where
   * another process died that ran the handler.
   */
  startHandler (run: HandlerRun): void
}

/** The handler's side of a run. */
export interface HandlerRun {
  /** The handler has answered or failed, writes the response itself, or the server has closed. */
  readonly settled: boolean
  /**
   * The handler's reply; `undefined` is nothing to say.
   *
   * @throws WecomError WECOM_REPLY_REPEATED where it is settled, WECOM_REPLY_INVALID where WeCom would not take it
   */
  answer (value: unknown): void
  /** The handler threw. Where it is settled this is logged, and changes nothing. */
  fail (error: unknown): void
  /**
   * The handler begins to write the response itself: this request gets no answer of ours. How that ends is told by
   * `written`.
   */
  bypass (): void
  /**
   * The handler's own response has gone out: a retry of WeCom gets the empty answer. With a failure it counts as one,
   * and a retry runs the handler again; that is right for a status of 400 or more. Returns whether that settled the
   * run.
   */
  written (failure?: Error): boolean
}
