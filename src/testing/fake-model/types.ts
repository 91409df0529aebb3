/** A message of a conversation, as chat completions have them. */
export interface FakeModelMessage {
  readonly role: string
  /** A text, or a list of parts: `{ type: 'text', text }`, `{ type: 'image_url', … }`. */
  readonly content?: unknown
  readonly [field: string]: unknown
}

/** A request that the fake model has got. */
export interface FakeModelRequest {
  /** From 1. */
  readonly number: number
  readonly model: string
  readonly messages: readonly FakeModelMessage[]
  readonly stream: boolean
  /** The whole body, as an object. */
  readonly body: Readonly<Record<string, unknown>>
  /**
   * How far it has come: `gone` where whoever asked hung up before the end, `faulted` where it went wrong on purpose.
   */
  readonly state: 'answering' | 'answered' | 'gone' | 'faulted'
}

/** What the model says. */
export interface FakeAnswer {
  /** A text, sent in pieces of a few characters; or a list: exactly these pieces, one a chunk. */
  readonly text: string | readonly string[]
  /** Sent ahead of it as `reasoning_content`. */
  readonly reasoning?: string | readonly string[]
}

/**
 * What goes wrong on purpose: an HTTP status from 400 to 599, with OpenAI's error object; `hang`: no answer ever;
 * `stall`: half of the answer, then silence; `cut`: half of it, then the connection breaks; `error`: half of it, then
 * an event with an error.
 */
export type FakeModelFault = number | 'hang' | 'stall' | 'cut' | 'error'

/** What `fakeModel` takes. */
export interface FakeModelOptions {
  /**
   * What it says: a text, or a function of the request. Default: a few lines that quote the last message and count
   * the turns; the same messages always get the same answer.
   *
   * @example answer: ({ messages }) => ({ text: `${messages.length} 条消息`, reasoning: '我数一数' })
   */
  answer?: string | FakeAnswer | ((request: FakeModelRequest) => string | FakeAnswer | Promise<string | FakeAnswer>)
  /**
   * Milliseconds before each chunk of a stream. Default 5; without a pause, what is written may arrive in one piece.
   *
   * @example delay: 50
   */
  delay?: number
  /**
   * What goes wrong on purpose: with every request, or what a function says of each. Default: nothing.
   *
   * @example fault: ({ number }) => number === 1 ? 429 : undefined
   */
  fault?: FakeModelFault | ((request: FakeModelRequest) => FakeModelFault | undefined)
  /**
   * Where it listens, on 127.0.0.1. Default 0: a free port.
   *
   * @example port: 4010
   */
  port?: number
}

/** A model that runs. */
export interface FakeModel {
  /**
   * The base URL for clients of OpenAI's API, without a slash at the end: `http://127.0.0.1:4010/v1`. Any key is taken.
   */
  readonly url: string
  /** All that it was asked, in order. */
  readonly requests: readonly FakeModelRequest[]
  /** Breaks off what is under way, and ends. */
  close (): Promise<void>
}
