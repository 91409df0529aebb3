import type { Settlement } from '../delivery/attempts.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Delivered, Deliverer } from '../delivery/deliver.js'
import type { Delivery, Run } from '../delivery/delivery.js'
import { RETRY_WINDOW } from '../delivery/wecom-times.js'
import { answerPolicyOf, type Answering } from '../message/kind.js'
import type { Answer } from '../receiver/types.js'
import type { Reply } from '../reply/types.js'
import { isStreamReference } from '../streams/frame.js'
import { loggableError, toError } from '../support/strip-error-details.js'
import { counted } from '../telemetry/counters.js'
import { callHook, writeLine, elapsedSince, logFields, warnAbout, writeOutcome, type Log } from '../telemetry/log.js'
import { traced, tracing } from '../telemetry/tracing.js'
import type { Arrival, HandlerRun } from './arrival.js'
import { BotAnswer, type BotRun } from './bot-answer.js'
import type { Bots } from './bots.js'
import { captureKey, type ReceivedContext } from './context.js'
import { enqueue, isAccepted } from './enqueue.js'
import { handlerFailed, replyRepeated, shuttingDown } from './errors.js'
import { failedLate, repliedLate, type LateHooks } from './late.js'
import type { CallbacksOptions } from './options.js'

/** What all messages of a callback share. */
export interface HandlingOptions<L extends Log>
  extends LateHooks<L>, Pick<CallbacksOptions<CallbackContext<L>>, 'inbox' | 'onError'> {
  deliverer: Deliverer
  deadline: number
  timestampTolerance: number
  bots: Bots
}

/** What a request is answered with; nothing where the handler has answered by its own hand, or nobody is there. */
export type RequestAnswer = Answer | undefined | Promise<Answer | undefined>

/**
 * One POST with its message, on its way to the handler and back: the delivery calls the handler in the process that
 * runs it, the handler settles the run, and what the run has come to is the request's answer.
 */
export class Handling<L extends Log = Log> implements HandlerRun, Delivery, BotRun {
  /** As it was received, or first came: handlers may change what the context holds. */
  key: string
  readonly context: ReceivedContext<L>
  readonly connection: Arrival<CallbackContext<L>>
  readonly arrivedAt: number
  readonly keepUntil: number
  readonly takesLateReplies: boolean
  readonly #options: HandlingOptions<L>
  /** There where `stream()` may be the answer. */
  readonly #bot: BotAnswer | undefined
  /** There once the handler of this very request was called. */
  #run: Run | undefined
  /** The reply that the handler gave. */
  #value: unknown
  #error: Error | undefined
  /** The handler has written the response itself. */
  #byHand = false

  /** @param streams whether `stream()` may be the answer */
  constructor (
    options: HandlingOptions<L>, arrival: Arrival<CallbackContext<L>>, context: ReceivedContext<L>, streams: boolean
  ) {
    this.#options = options
    this.key = context.key
    this.connection = arrival
    this.context = context
    this.arrivedAt = arrival.arrivedAt
    this.#bot = streams ? new BotAnswer(options.bots, this) : undefined
    // A bot's goes into its stream.
    this.takesLateReplies = options.onLateReply !== undefined && !streams
    this.keepUntil = keepUntil(context.timestamp, options.timestampTolerance)
  }

  // What the request asks for.

  /** Brings the message to its handler or into the inbox. */
  deliver (): RequestAnswer {
    const { deliverer, inbox, deadline } = this.#options
    const { context, arrivedAt, keepUntil } = this
    if (inbox !== undefined && isAccepted(inbox, context)) {
      return enqueue(inbox, context, { arrivedAt, keepUntil, deadline: this.deadline ?? deadline })
    }
    const delivered = deliverer.deliver(this)
    return 'state' in delivered ? this.#answerTo(delivered) : delivered.then(delivered => this.#answerTo(delivered))
  }

  /** The same under the key that it first came with. */
  deliverAsFirst (): RequestAnswer {
    const key = this.#options.deliverer.firstKey(this, captureKey(this.context.identify()))
    return typeof key === 'string' ? this.#deliverUnder(key) : key.then(key => this.#deliverUnder(key))
  }

  #deliverUnder (key: string): RequestAnswer {
    this.key = this.context.key = key
    return this.deliver()
  }

  #answerTo (delivered: Delivered): Answer | undefined | Promise<Answer> {
    const { context, arrivedAt } = this
    const { onError, bots } = this.#options
    const started = this.#run !== undefined
    if (delivered.attempt > 0) context.attempt = delivered.attempt
    if (delivered.attempt > 1 && !started) counted.repeated++
    if (delivered.state === 'closing') throw shuttingDown()
    if (delivered.state === 'failed') {
      const error = handlerFailed(context.kind, started, this.#error)
      if (!this.#byHand) throw error
      counted.failed++
      const ms = elapsedSince(arrivedAt)
      writeLine(context.log, 'error', { ...logFields(context), outcome: 'failed', ms }, this.#error?.message)
      callHook(context.log, 'onError', () => onError?.(error, context), logFields(context))
      return undefined
    }
    const outcome = OUTCOMES[delivered.state]
    counted[outcome]++
    writeOutcome(context, this.#byHand && outcome === 'answered' ? 'unencrypted' : outcome, arrivedAt)
    if (delivered.state === 'hung-up' || this.#byHand) return undefined
    if (delivered.state !== 'done') return context.seal('')
    const isStreamed = this.#bot !== undefined && isStreamReference(delivered.reply)
    return isStreamed ? bots.first(context) : context.seal(delivered.reply)
  }

  // What the delivery asks for and tells.

  /** Asked for only where something is waited for. */
  get deadline (): number | undefined {
    return deadlineOf(answerPolicyOf(this.context.kind), this.#options.deadline, this.takesLateReplies)
  }

  warn (message: string, cause?: unknown): void {
    if (cause !== undefined) counted.storeErrors++
    warnAbout(this.context, message, cause)
  }

  /** Calls the handler, within a tracing channel that ends with the run. */
  start (run: Run, attempt: number): void {
    this.#run = run
    this.context.attempt = attempt
    counted.handled++
    if (!tracing.handle.hasSubscribers) {
      this.#callHandler(run)
      return
    }
    traced('handle', logFields(this.context), async () => {
      this.#callHandler(run)
      await run.outcome
      if (this.#error !== undefined) throw this.#error
    }).catch(() => {})
  }

  #callHandler (run: Run): void {
    this.context.begins(run)
    try {
      this.connection.startHandler(this)
    } catch (error) {
      this.fail(error)
    }
  }

  outlives (): void {
    this.#bot?.openBefore(this.#options.deadline)
  }

  slow (): void {
    const waited = answerPolicyOf(this.context.kind)?.passiveReply === true && !this.takesLateReplies
    const level = waited ? 'warn' : 'info'
    writeLine(
      this.context.log, level, logFields(this.context),
      waited
        ? 'the handler takes longer than the 5 seconds that WeCom waits: a retry can still collect its reply, ' +
          'for about 15 seconds. Answer sooner, or set onLateReply and send it with the message API'
        : 'the handler takes longer than 5 seconds'
    )
  }

  late (settlement: Settlement, { acknowledged, reason }: { acknowledged: boolean, reason: unknown }): void {
    counted.late++
    const { context } = this
    if (settlement.state === 'failed') failedLate(this.#options, context, this.#error ?? reason, acknowledged)
    else if (this.#value !== undefined) repliedLate(this.#options, context, this.#value, acknowledged)
  }

  repeated (): void {
    writeLine(
      this.context.log,
      'warn',
      { ...logFields(this.context), err: loggableError(this.#error) },
      'the handler failed after WeCom had hung up; WeCom has sent the message again since'
    )
  }

  // What the handler says.

  get settled (): boolean {
    return this.#bot?.answered ?? (this.#byHand || this.#run?.settled === true)
  }

  answer (value: unknown): void {
    if (this.settled) throw replyRepeated()
    if (this.#bot?.takes(value) === true) return
    const composed = this.compose(value)
    if (composed !== '') this.#value = value
    this.#run?.settle({ state: 'done', reply: composed })
  }

  fail (thrown: unknown): void {
    if (!this.settled) {
      if (this.#bot?.takesFailure(thrown) !== true) this.settleFailed(thrown)
      return
    }
    writeLine(
      this.context.log,
      'error',
      { ...logFields(this.context), err: loggableError(thrown) },
      'the handler failed after it had answered'
    )
  }

  bypass (): void {
    if (!this.settled) this.#byHand = true
  }

  written (failure?: Error): boolean {
    if (this.#run === undefined || this.#run.settled) return false
    this.#byHand = true
    if (failure === undefined) this.settleDone('')
    else this.settleFailed(failure)
    return true
  }

  // What a bot's stream asks for and tells.

  compose (value: unknown): string {
    const { context } = this
    return context.compose(value as Reply, (text, code) => {
      writeLine(context.log, 'warn', { code, ...logFields(context) }, text)
    })
  }

  settleDone (reply: string): void {
    this.#run?.settle({ state: 'done', reply })
  }

  settleFailed (thrown: unknown): void {
    this.#bot?.openNever()
    this.#error = toError(thrown)
    this.#run?.settle({ state: 'failed' })
  }

  failedLate (error: unknown): void {
    failedLate(this.#options, this.context, error, true)
  }

  abortHandler (reason: string): void {
    this.#run?.abort(reason)
  }
}

const OUTCOMES = { done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const

/** Room for the way back, where WeCom waits for one second. */
const MARGIN = 100

/**
 * Milliseconds after which a message is acknowledged though its handler still runs; undefined where the answer is held
 * back, so that WeCom's retry collects it: kinds with a passive reply that are sent again, unless a hook takes late
 * replies. Kinds that are not known are acknowledged: most events take no reply.
 */
export function deadlineOf (
  policy: Answering | undefined,
  deadline: number,
  takesLateReplies: boolean
): number | undefined {
  if (policy?.passiveReply === true && !policy.sentOnce && !takesLateReplies) return undefined
  return policy?.answerWithinMs === undefined ? deadline : Math.min(deadline, policy.answerWithinMs - MARGIN)
}

/** What a clock may be set back by while a run is remembered, and the edge of the tolerance itself. Milliseconds. */
const CLOCK_JUMP = 61_000

/**
 * Until when a handled message is remembered, milliseconds since 1970: as long as a captured request would pass the
 * timestamp check, though the clock be set back by a minute, and never less than WeCom may take for its retries.
 */
export function keepUntil (timestamp: string, tolerance: number): number {
  const replayable = tolerance === Infinity ? 0 : Number(timestamp) * 1000 + tolerance + CLOCK_JUMP
  return Math.max(Date.now() + RETRY_WINDOW, replayable)
}
