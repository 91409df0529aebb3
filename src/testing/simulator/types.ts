import type { ClientOptions, Target } from '../client-options.js'
import type { WecomReply } from '../reply.js'
import type { StreamFrame } from '../stream/types.js'
import type { TransportFaultCode } from '../transport.js'

/**
 * What to do wrong on purpose.
 * - `duplicate`: the same request twice at the same time
 * - `reorder`: of several messages, the last first (`deliverAll`)
 * - `drop-answer`: the answer to the first attempt is lost on its way, so there is a retry
 * - `slow-network`: the body comes in pieces, over a second
 * - `wrong-signature`: a forged request goes ahead of the genuine one; it should be refused
 * - `replay`: the request that was answered is sent once more, as somebody who recorded it would
 *
 * With the polls of a bot's stream:
 * - `drop-poll`: the answers to every other poll are lost, and the first that finishes the stream: it is asked again
 * - `repeat-poll`: each poll is sent once more, the same bytes, after it was answered: the last one, too
 * - `overlap-polls`: two polls at the same time
 * - `stop-polls`: there are two polls and no more, as if nobody looked at the chat any longer
 */
export type SimulatedFault =
  | 'duplicate'
  | 'reorder'
  | 'drop-answer'
  | 'slow-network'
  | 'wrong-signature'
  | 'replay'
  | 'drop-poll'
  | 'repeat-poll'
  | 'overlap-polls'
  | 'stop-polls'

export const SIMULATED_FAULTS: readonly SimulatedFault[] = [
  'duplicate',
  'reorder',
  'drop-answer',
  'slow-network',
  'wrong-signature',
  'replay',
  'drop-poll',
  'repeat-poll',
  'overlap-polls',
  'stop-polls'
]

/** What `simulateWecom` takes. Durations are in milliseconds, as WeCom has them; `timeScale` shortens them all. */
export type SimulatorOptions = Omit<ClientOptions, 'timeout'> & {
  /**
   * Verify the URL before the first message, and send nothing where that fails. Default `true`.
   *
   * @example verify: false
   */
  verify?: boolean
  /**
   * How long an answer is waited for. Default 5 000 ms; at most 1 000 for the kinds that WeCom wants answered sooner.
   * Longer than WeCom waits is fine while debugging.
   *
   * @example timeout: 10_000
   */
  timeout?: number
  /**
   * For the echo of URL verification. Default 1 000 ms.
   *
   * @example echoTimeout: 2_000
   */
  echoTimeout?: number
  /**
   * How many attempts follow the first. Default 3; 0 for the kinds that WeCom sends once.
   *
   * @example retries: 0
   */
  retries?: number
  /**
   * Between an attempt that failed and the next. Default 0 ms.
   *
   * @example retryDelay: 1_000
   */
  retryDelay?: number
  /**
   * Whether a retry is the same request, byte for byte, or sealed anew: nonce, timestamp, ciphertext, a bot's
   * response_url. WeCom doesn't say which it does: servers must cope with both. Default `fresh`.
   *
   * @example retryWith: 'same'
   */
  retryWith?: 'same' | 'fresh'
  /**
   * Between the polls of a bot's stream. Default 1 000 ms (WeCom's own is not documented).
   *
   * @example pollInterval: 500
   */
  pollInterval?: number
  /**
   * After which WeCom stops polling. Default 360 000 ms, six minutes.
   *
   * @example pollLimit: 60_000
   */
  pollLimit?: number
  /**
   * Multiplies every duration: with 0.01, 5 s become 50 ms. Default 1.
   *
   * @example timeScale: 0.01
   */
  timeScale?: number
  /**
   * Whether the body must be `success`: command, template and provider URLs. Default: for InfoType notices.
   *
   * @example requireSuccess: true
   */
  requireSuccess?: boolean
  /**
   * What goes wrong on purpose, with every message. Default: nothing.
   *
   * @example faults: ['duplicate', 'drop-answer']
   */
  faults?: readonly SimulatedFault[]
  /**
   * Other servers, which every request after the first attempt goes to in turn, retries and polls: another process each
   * time. Default: the server itself.
   *
   * @example targets: [{ url: 'http://127.0.0.1:3001/wecom' }, { url: 'http://127.0.0.1:3002/wecom' }]
   */
  targets?: readonly Target[]
  /**
   * Called as each attempt ends. Default: none.
   *
   * @example onAttempt: attempt => { console.log(attempt) }
   */
  onAttempt?: (attempt: SimulatedAttempt) => void
  /**
   * Stops waiting, retrying and polling. Default: none.
   *
   * @example signal: AbortSignal.timeout(30_000)
   */
  signal?: AbortSignal
}

/** How an attempt ended, from WeCom's side. */
export type AttemptOutcome =
  /** Status 200, in time, and readable. */
  | 'accepted'
  /** Another status. */
  | 'refused'
  /** Status 200, but WeCom could not make sense of the body. */
  | 'unreadable'
  /** The answer was lost on purpose. */
  | 'dropped'
  | TransportFaultCode

/** One HTTP request and what came of it. Holds no token and no key; may be written as JSON. */
export interface SimulatedAttempt {
  purpose: 'verify' | 'message' | 'poll'
  /** From 1; retries count on. */
  number: number
  /** What was done wrong on purpose. */
  fault?: SimulatedFault
  /** Milliseconds since 1970. */
  at: number
  ms: number
  request: {
    method: 'GET' | 'POST'
    query: Readonly<Record<string, string>>
    headers: Readonly<Record<string, string>>
    /** The envelope; `''` for GET. */
    body: string
    /** The message before encryption, or the echo. */
    plaintext: string
  }
  /** The status and body that came, if any did. */
  response?: { status: number, headers: Readonly<Record<string, string>>, body: string }
  /** The answer, opened; not for `verify`. */
  reply?: WecomReply
  outcome: AttemptOutcome
  /** What was wrong, in whole sentences; empty where all is well. */
  problems: string[]
  /** What to do about it. */
  fix?: string
}

/** What came of one message. */
export interface Delivery {
  /** The message's router key. */
  kind: string
  plaintext: string
  attempts: SimulatedAttempt[]
  /** Of a bot's stream. */
  polls: SimulatedAttempt[]
  /** What the user saw of it, one after the other. */
  frames: readonly StreamFrame[]
  /** `unverified`: the URL failed verification, so nothing was sent; `stopped`: by `signal`. */
  outcome: 'accepted' | 'given-up' | 'unverified' | 'stopped'
  /** The answer that counts: of a stream the last. */
  reply: WecomReply | undefined
  /** What the user sees in the chat; `undefined` for nothing. */
  shown: string | undefined
  /** What WeCom, or whoever reads the code, would not like. */
  problems: string[]
}

/** Everything that happened, in order. */
export interface Transcript {
  verification: SimulatedAttempt | undefined
  deliveries: Delivery[]
}

/** WeCom with its time-outs, retries and polls. */
export interface Simulator {
  /** Verifies the URL, with the second that WeCom gives it. */
  verify (): Promise<SimulatedAttempt>
  /** Delivers a message as WeCom would, retries included; `faults` go on top of those of the simulator. */
  deliver (message: object | string, options?: { faults?: readonly SimulatedFault[] }): Promise<Delivery>
  /** Delivers several, one after the other. */
  deliverAll (
    messages: ReadonlyArray<object | string>,
    options?: { faults?: readonly SimulatedFault[] }
  ): Promise<Delivery[]>
  readonly transcript: Transcript
}
