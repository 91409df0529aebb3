import type { Chunks } from './chunks.js'
import type { GiveWay } from './give-way.js'
import type { StreamSink } from './types.js'

/** One reading of a source, from its beginning to its end or the signal's. */
export interface Reading {
  readonly sink: StreamSink
  readonly signal: AbortSignal
  readonly chunks: Chunks
  readonly way: GiveWay
  /** Nothing reaches the sink any more. */
  over: boolean
  /** Ends the source, once it is open. */
  cancel?: () => void
  /** Ends the reading as failed. */
  fail (error: unknown): void
}
