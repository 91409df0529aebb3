import type { Target } from '../client-options.js'
import type { WecomReply } from '../reply.js'

/** What a user sees of a stream at one moment: each frame replaces the one before. */
export interface StreamFrame {
  /** Milliseconds from the sending of the message to the answer that holds it. */
  readonly at: number
  /** As it came, `<think>` and all; `''` where the answer has none. */
  readonly content: string
  readonly finish: boolean
}

/** How `follow` polls. */
export interface FollowOptions {
  /**
   * Milliseconds between an answer and the next poll. Default 1 000, about what WeCom takes.
   *
   * @example every: 50
   */
  every?: number
  /**
   * Milliseconds from the sending of the message after which it polls no more. Default 360 000, WeCom's six minutes.
   *
   * @example until: 10_000
   */
  until?: number
  /**
   * Other servers, which the polls go to in turn; the list is read anew for each poll, so that one may be taken out.
   * Default: the client's own server.
   *
   * @example targets: [{ url: 'http://127.0.0.1:3001/wecom' }, { url: 'http://127.0.0.1:3002/wecom' }]
   */
  targets?: readonly Target[]
}

/** What a bot's stream came to, from its user's side. */
export interface FollowedStream {
  /** The answer to the message itself, opened; all there is where that was no stream. */
  readonly reply: WecomReply
  /** The stream's id; `undefined` where the message was not answered by a stream. */
  readonly id: string | undefined
  /** In the order they were shown: the first answer, and each poll that was answered by a stream. */
  readonly frames: readonly StreamFrame[]
  /** The text of the finished content, without `<think>…</think>`; `''` where it never finished. */
  readonly final: string
  /** What stood in `<think>…</think>` at last. */
  readonly thinking: string
  /** The pictures of the finished stream, decoded. */
  readonly images: readonly Buffer[]
  /**
   * What a user, or WeCom, would not like, as `name: sentence`; empty where all is well. docs/testing.md lists the
   * names: `shrinks`, `id changed`, `invisible finish`, `never finished`, ….
   */
  readonly problems: readonly string[]
}
