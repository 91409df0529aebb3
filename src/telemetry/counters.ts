/** What this process has counted since it started, over all its callbacks. */
export interface WecomCounters {
  /** URL verifications that passed. */
  verified: number
  /** Requests refused: signature, envelope, limits, …; and the 503 of a store, an inbox or a server that closes. */
  refused: number
  /** Handlers started: one a message, however often WeCom sends it. */
  handled: number
  /** Requests answered with the handler's reply, with nothing to say, or with what the handler wrote itself. */
  answered: number
  /** Requests that joined a message which another request had brought. */
  repeated: number
  /** Requests acknowledged at the deadline while the handler ran on. */
  acknowledged: number
  /** Requests answered with 500 as the handler failed. */
  failed: number
  /** Requests whose connection was gone before there was an answer. */
  hungUp: number
  /** Requests acknowledged as the inbox has their message. */
  queued: number
  /** Replies and failures that came after the acknowledgement, or that no attempt has collected. */
  late: number
  /** Times the store, the streams or the inbox did not answer. */
  storeErrors: number
}

/** As they stand. The file where one of these happens adds one. */
export const counted: WecomCounters = {
  verified: 0,
  refused: 0,
  handled: 0,
  answered: 0,
  repeated: 0,
  acknowledged: 0,
  failed: 0,
  hungUp: 0,
  queued: 0,
  late: 0,
  storeErrors: 0
}

/**
 * The counters of this process as they stand, for a metrics exporter.
 *
 * @example
 * ```ts
 * const { handled, late } = counters()
 * ```
 */
export function counters (): Readonly<WecomCounters> {
  return { ...counted }
}
