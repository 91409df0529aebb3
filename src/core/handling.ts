import { loggableError, toError } from '../support/strip-error-details.js'
import type { Run } from '../delivery/run.js'
import type { Reply } from '../reply/types.js'
import type { HandlerRun } from './arrival.js'
import { logFields, type ReceivedContext } from './context.js'
import { replyRepeated } from './errors.js'

/** What the handler of a message comes to, in the process that runs it. */
export class Handling implements HandlerRun {
  /** The reply it gave. */
  value: unknown
  error: Error | undefined
  /** It wrote the response itself. */
  bypassed = false
  readonly #context: ReceivedContext
  readonly #run: Run

  constructor (context: ReceivedContext, run: Run) {
    this.#context = context
    this.#run = run
  }

  get settled (): boolean {
    return this.bypassed || this.#run.settled
  }

  answer (value: unknown): void {
    if (this.settled) throw replyRepeated()
    const context = this.#context
    const composed = context.compose(value as Reply, cut => { context.log.warn(logFields(context), cut) })
    if (composed !== '') this.value = value
    this.#run.settle({ state: 'done', reply: composed })
  }

  fail (thrown: unknown): void {
    if (!this.settled) {
      this.#settleFailed(thrown)
      return
    }
    this.#context.log.error(
      { ...logFields(this.#context), err: loggableError(thrown) },
      'the handler failed after it had answered'
    )
  }

  bypass (): void {
    if (!this.settled) this.bypassed = true
  }

  written (failure?: Error): boolean {
    if (this.#run.settled) return false
    this.bypassed = true
    if (failure === undefined) this.#run.settle({ state: 'done', reply: '' })
    else this.#settleFailed(failure)
    return true
  }

  #settleFailed (thrown: unknown): void {
    this.error = toError(thrown)
    this.#run.settle({ state: 'failed' })
  }
}
