import type { StreamCause } from './options.js'

/** A stream as a poll finds it. */
export interface StreamView {
  readonly state: 'running' | 'ended'
  /** Names who produces it; '' where nobody is known to have. */
  readonly token: string
  /** What is shown: all that was acknowledged, and once it has ended what was appended as its end. */
  readonly text: string
  /** Of an ended one. */
  readonly cause?: StreamCause | undefined
  /** What came with `begin`, and `end`: kept as they are. */
  readonly first: string
  readonly final: string
}

/** What others than the producer append where they end a stream, by the cause. */
export interface StreamSuffixes {
  readonly late: string
  readonly lost: string
  readonly stopped: string
}

/** The beginning of a stream. */
export interface NewStream {
  /** Names the producer: no two have the same. */
  readonly token: string
  /** Milliseconds from now after which whoever is asked ends it as `late`. */
  readonly life: number
  /** Whose streams `stop` ends together. */
  readonly conversation: string
  /** Kept with the stream, and told by each view. */
  readonly first: string
  /** '' but where the store has lost a stream, and its producer brings it back. */
  readonly text: string
  readonly suffixes: StreamSuffixes
  /**
   * Called once where somebody else has ended it: a poll by its age, a stop, or one that took its producer for dead.
   * Not called for what `write` and `end` say themselves, nor within a call of the store; what it throws is dropped.
   * Another token in the view: the store had lost the stream, and another producer has it now.
   */
  ended (view: StreamView): void
}

/** A piece that the producer appends. */
export interface StreamWrite {
  readonly token: string
  /** Bytes of UTF-8 that were acknowledged before: a piece that is sent again is appended once. */
  readonly offset: number
  readonly text: string
  /** Where they have changed. */
  readonly suffixes?: StreamSuffixes | undefined
}

/** The end of a stream by its producer. */
export interface StreamEnd extends Omit<StreamWrite, 'suffixes'> {
  readonly cause: StreamCause
  /** Kept with the stream, and told by each view of the ended one. */
  readonly final: string
}

/**
 * What became of a piece: `running` or `ended` with what holds; `gap` where the store has only `bytes` (it has lost
 * what came after, send again from there); `missing` where it has lost the stream (begin again with its text); `taken`
 * where another producer has the stream.
 */
export type StreamWritten =
  | { readonly state: 'running', readonly bytes: number }
  | { readonly state: 'ended', readonly view: StreamView }
  | { readonly state: 'gap', readonly bytes: number }
  | { readonly state: 'missing' | 'taken' }

/**
 * Keeps the growing streams of bots, so that any process can answer a poll. `memoryStreams()` serves one process,
 * `redisStreams()` of fastify-wecom/redis several; to write your own, implement this interface. Keys are 43 characters
 * of [A-Za-z0-9_-]; those of different tenants differ. Texts only grow, whatever fails: what a poll has shown is the
 * beginning of everything shown later. Every method may reject or throw, and answers at once if it can.
 */
export interface StreamStore {
  /** Begins a stream, or tells of the one that is there: it is ours where the token is. */
  begin (key: string, stream: NewStream): StreamView | Promise<StreamView>
  /** Appends; resolves once any process would show it. */
  write (key: string, piece: StreamWrite): StreamWritten | Promise<StreamWritten>
  /** Appends the last piece and ends the stream; where it has ended already, that end holds. */
  end (key: string, end: StreamEnd): StreamWritten | Promise<StreamWritten>
  /**
   * What is to be shown now. Ends by itself what is older than its life, and what its producer has left for too long.
   * A stream that the store does not know is `undefined` until it is certain that no producer will bring it back, and
   * ended as `lost` with the text `missing` from then on.
   */
  poll (key: string, missing: string): StreamView | undefined | Promise<StreamView | undefined>
  /**
   * Ends the streams of a conversation as `stopped`, but for one key; resolves with how many it has ended. Those that
   * another process produces end once that is next heard of, and are counted already.
   */
  stop (conversation: string, except: string): number | Promise<number>
  /** Whether nobody has claimed this name before; remembered for an hour at least. */
  claim (name: string): boolean | Promise<boolean>
  /** The last server that used it has closed. */
  close? (): Promise<void>
  /** Other processes have it too, and answer polls when this one closes. */
  readonly shared?: boolean
}
