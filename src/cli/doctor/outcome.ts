import type { TransportFault, WireAnswer } from '../../testing/transport.js'

/** What came of one request; `fault` where no answer did. */
export interface Outcome {
  answer: (WireAnswer & { text: string }) | undefined
  fault: TransportFault | undefined
  ms: number
  /** Values of the request that an answer may quote; they are no difference between two answers. */
  quoted: string[]
}
