import type { AibotTemplateCard } from '../reply/aibot-cards.js'

/** A piece of what a source gives. */
export type StreamPart =
  | { readonly type: 'text', readonly text: string }
  /** Shown folded, as reasoning. */
  | { readonly type: 'thinking', readonly text: string }
  /** The bytes of a JPG or PNG, up to 10 MB; shown with the final answer. */
  | { readonly type: 'image', readonly data: Uint8Array }
  /** Shown with the final answer; the last one counts. */
  | { readonly type: 'card', readonly card: AibotTemplateCard }

/** The texts that the package writes into a stream. '' switches one off, unless nothing visible would be left. */
export interface StreamTexts {
  /** The source gave nothing that can be seen. */
  empty: string
  /** The source failed. */
  failed: string
  /** It did not fit, or took too long, and the rest is not sent. */
  cut: string
  /** It did not fit, or took too long, and the rest follows as a message of its own. */
  later: string
  /** The process that produced it is gone. */
  lost: string
  /** The server closes. */
  closing: string
  /** It was stopped by `stopStreams()`. */
  stopped: string
}

/** How a stream ended. */
export type StreamCause = 'done' | 'failed' | 'empty' | 'cut' | 'late' | 'stopped' | 'lost' | 'closing'

/** What a stream came to. */
export interface StreamResult {
  readonly id: string
  readonly cause: StreamCause
  /** What the source threw. */
  readonly error?: unknown
  /** All that the source gave, for the history: shown or not. */
  readonly text: string
  readonly thinking: string
  /** Bytes of UTF-8 of the final content. */
  readonly shownBytes: number
  /** What became of the text that was not shown. */
  readonly rest: 'none' | 'responded' | 'unsent'
  /** From the arrival of the message to the end of its source. */
  readonly ms: number
}
