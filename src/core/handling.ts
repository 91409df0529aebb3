import type { Settlement } from '../delivery/attempts.js'
import type { CallbackContext } from '../delivery/context.js'
import { deadlineOf } from '../delivery/deadline.js'
import type { Delivery } from '../delivery/delivery.js'
import { keepUntil } from '../delivery/keep-until.js'
import type { Run } from '../delivery/run.js'
import { answerPolicyOf, type Answering } from '../message/lookup.js'
import { readableReply } from '../reply/readable.js'
import type { Reply } from '../reply/types.js'
import { callHook, writeLine, type Log } from '../support/log.js'
import { loggableError, stripErrorDetails, toError } from '../support/strip-error-details.js'
import { count } from '../telemetry/counters.js'
import { isTraced, traced } from '../telemetry/tracing.js'
import type { Arrival, HandlerRun } from './arrival.js'
import { logFields, type ReceivedContext } from './context.js'
import { replyRepeated } from './errors.js'
import type { CallbacksOptions } from './options.js'

/** What all messages of a callback share. */
export interface HandlingOptions<L extends Log>
  extends Pick<CallbacksOptions<CallbackContext<L>>, 'onLateReply' | 'onLateError'> {
  deadline: number
  timestampTolerance: number
}

/** One POST with its message on its way to the handler, and what that comes to in the process that runs it. */
export class Handling<L extends Log = Log> implements HandlerRun, Delivery {
  readonly context: ReceivedContext<L>
  readonly arrival: Arrival<CallbackContext<L>>
  readonly deadline: number | undefined
  readonly keepUntil: number
  /** The reply that the handler gave. */
  value: unknown
  error: Error | undefined
  /** The handler has written the response itself. */
  bypassed = false
  readonly #options: HandlingOptions<L>
  readonly #policy: Answering | undefined
  #run: Run | undefined

  constructor (
    options: HandlingOptions<L>,
    arrival: Arrival<CallbackContext<L>>,
    context: ReceivedContext<L>
  ) {
    this.#options = options
    this.arrival = arrival
    this.context = context
    this.#policy = answerPolicyOf(context.kind)
    this.deadline = deadlineOf(this.#policy, options.deadline, this.takesLateReplies)
    this.keepUntil = keepUntil(context.timestamp, options.timestampTolerance)
  }

  get key (): string {
    return this.context.key
  }

  get arrivedAt (): number {
    return this.arrival.arrivedAt
  }

  get takesLateReplies (): boolean {
    return this.#options.onLateReply !== undefined
  }

  /** The handler of this very request was called. */
  get started (): boolean {
    return this.#run !== undefined
  }

  // What the delivery asks for and tells.

  warn (message: string, cause?: unknown): void {
    if (cause !== undefined) count('storeErrors')
    writeLine(
      this.context.log,
      'warn',
      { ...logFields(this.context), ...(cause === undefined ? {} : { err: stripErrorDetails(cause) }) },
      message
    )
  }

  isGone (): boolean {
    return this.arrival.isGone()
  }

  onHangUp (listener: () => void): () => void {
    return this.arrival.onHangUp(listener)
  }

  /** Calls the handler, within a tracing channel that ends with the run. */
  start (run: Run, attempt: number): void {
    this.#run = run
    this.context.begins(attempt, run)
    count('handled')
    if (!isTraced('handle')) {
      this.#callHandler()
      return
    }
    traced('handle', logFields(this.context), async () => {
      this.#callHandler()
      await run.outcome
      if (this.error !== undefined) throw this.error
    }).catch(() => {})
  }

  #callHandler (): void {
    try {
      this.arrival.startHandler(this)
    } catch (error) {
      this.fail(error)
    }
  }

  slow (): void {
    const waited = this.#policy?.passiveReply === true && !this.takesLateReplies
    writeLine(
      this.context.log,
      waited ? 'warn' : 'info',
      logFields(this.context),
      waited
        ? 'the handler takes longer than the 5 seconds that WeCom waits: a retry can still collect its reply, ' +
          'for about 15 seconds. Answer sooner, or give onLateReply and send it by the message API'
        : 'the handler takes longer than 5 seconds'
    )
  }

  late (settlement: Settlement, { acknowledged, reason }: { acknowledged: boolean, reason: unknown }): void {
    count('late')
    if (settlement.state === 'failed') this.#failedLate(this.error ?? reason, acknowledged)
    else if (this.value !== undefined) this.#repliedLate(this.value, acknowledged)
  }

  repeated (): void {
    writeLine(
      this.context.log,
      'warn',
      { ...logFields(this.context), err: loggableError(this.error) },
      'the handler failed when WeCom had hung up; WeCom has sent the message again since'
    )
  }

  // What the handler says.

  get settled (): boolean {
    return this.bypassed || this.#run?.settled === true
  }

  answer (value: unknown): void {
    if (this.settled) throw replyRepeated()
    const { context } = this
    const composed = context.compose(value as Reply, cut => {
      writeLine(context.log, 'warn', logFields(context), cut)
    })
    if (composed !== '') this.value = value
    this.#run?.settle({ state: 'done', reply: composed })
  }

  fail (thrown: unknown): void {
    if (!this.settled) {
      this.#settleFailed(thrown)
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
    if (!this.settled) this.bypassed = true
  }

  written (failure?: Error): boolean {
    if (this.#run === undefined || this.#run.settled) return false
    this.bypassed = true
    if (failure === undefined) this.#run.settle({ state: 'done', reply: '' })
    else this.#settleFailed(failure)
    return true
  }

  #settleFailed (thrown: unknown): void {
    this.error = toError(thrown)
    this.#run?.settle({ state: 'failed' })
  }

  #repliedLate (value: unknown, acknowledged: boolean): void {
    const { context } = this
    const { onLateReply } = this.#options
    if (!acknowledged || onLateReply === undefined) {
      writeLine(
        context.log,
        'warn',
        logFields(context),
        'the reply came too late: WeCom has had its answer, or has given up. Answer sooner, or give onLateReply and ' +
          'send it by the message API'
      )
    }
    if (onLateReply === undefined) return
    callHook(context.log, 'onLateReply', () =>
      onLateReply(readableReply(value, context.message as unknown as Record<string, unknown>), context)
    )
  }

  #failedLate (error: unknown, acknowledged: boolean): void {
    const { context } = this
    writeLine(
      context.log,
      'error',
      { ...logFields(context), err: loggableError(error) },
      acknowledged
        ? 'the handler failed after the message was acknowledged: WeCom will not send it again'
        : 'the handler failed when WeCom had given up: no retry has come since. Handle the message from onLateError, ' +
          'or give an inbox, which tries again'
    )
    callHook(context.log, 'onLateError', () => this.#options.onLateError?.(error, context))
  }
}
