import type { AibotTemplateCard } from '../../reply/aibot-cards.js'
import type { StreamPart } from '../options.js'

/**
 * A part of the AI SDK (package `ai`, `fullStream`), told by its structure: `text-delta` is text, `reasoning-delta`
 * thinking, `error` fails the stream with its error, `abort` ends it; the others go to `show`.
 */
export interface AiSdkPart {
  readonly type: string
  /** Of `text-delta` and `reasoning-delta`. */
  readonly text?: string | undefined
  /** The same in version 4. */
  readonly textDelta?: string | undefined
  /** The same in the streams of a provider, and in those for a page (`toUIMessageStream()`). */
  readonly delta?: string | undefined
  /** Of `error`. */
  readonly error?: unknown
}

/**
 * A chunk of OpenAI's chat completions (package `openai`, and whatever speaks like it), told by its structure: the
 * text of its first choice, and the reasoning that some servers add.
 */
export interface OpenAiChatChunk {
  readonly choices: ReadonlyArray<{
    readonly index?: number | undefined
    readonly delta?: {
      readonly content?: string | null | undefined
      readonly reasoning_content?: string | null | undefined
      readonly reasoning?: string | null | undefined
    } | undefined
  }>
}

/** One piece of a source. */
export type StreamChunk = string | StreamPart | AiSdkPart | OpenAiChatChunk

/** A `ReadableStream` of the web, of whichever library declares it: the types of a browser need not be there. */
export interface ReadableStreamLike<Chunk> {
  getReader (): {
    read (): Promise<{ done: boolean, value?: Chunk | undefined }>
    cancel (reason?: unknown): Promise<void>
  }
}

/** Gives one chunk after the other. A text is one chunk. */
export type StreamIterable = AsyncIterable<StreamChunk> | Iterable<StreamChunk> | ReadableStreamLike<StreamChunk>

/** What `streamText()` of the AI SDK returns: its `textStream` would hide errors. */
export interface AiSdkResult {
  readonly fullStream: AsyncIterable<AiSdkPart> | ReadableStreamLike<AiSdkPart>
}

/**
 * What `stream()` takes. The function is called once the stream has begun, and the stream ends when what it returns has
 * come; where that is a generator, a model's answer or a stream, it is read as well.
 */
export type StreamSource =
  | StreamIterable
  | AiSdkResult
  | PromiseLike<StreamIterable | AiSdkResult>
  | ((writer: StreamWriter, context: { readonly signal: AbortSignal }) => unknown)

/** Writes into a stream. Once the stream is over, nothing changes it. */
export interface StreamWriter {
  /** Bytes of UTF-8 that still fit into the bubble; 0 once the stream is over. */
  readonly bytesLeft: number
  /**
   * Appends text. Await it, so that others have their turn; it rejects with `signal.reason` once the stream is over
   * (an AbortError where the function itself has ended), and nobody need see to that.
   */
  text (part: string): Promise<void>
  /** The same for reasoning, which is shown folded. */
  thinking (part: string): Promise<void>
  /**
   * The bytes of a JPG or PNG; up to 10, of 10 MiB together. They are shown with the final answer.
   *
   * @throws WecomError WECOM_STREAM_IMAGE_INVALID
   */
  image (data: Uint8Array): void
  /**
   * Shown with the final answer; the last one counts.
   *
   * @throws WecomError WECOM_STREAM_SOURCE_INVALID where it is no object
   */
  card (card: AibotTemplateCard): void
}

/** Where a source is read to. */
export interface StreamSink {
  /** Bytes of UTF-8 that still fit. */
  readonly bytesLeft: number
  text (part: string): void
  thinking (part: string): void
  /** @throws WecomError WECOM_STREAM_IMAGE_INVALID */
  image (data: Uint8Array): void
  card (card: AibotTemplateCard): void
}
