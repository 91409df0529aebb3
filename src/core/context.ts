import type { CallbackContext } from '../delivery/context.js'
import { runKey } from '../delivery/run-key.js'
import { discriminantsOf } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { ReceivedCallback, type OpenedRequest } from '../receiver/received.js'
import type { Log } from '../support/log.js'
import { hasFields } from '../support/own-fields.js'

/** The run that a context belongs to, once it has one. */
export interface SignalSource {
  readonly signal: AbortSignal
}

/** What handlers are given. */
export class ReceivedContext<L extends Log = Log> extends ReceivedCallback implements CallbackContext<L> {
  readonly log: L
  key: string
  attempt = 1
  /** Where the request came to, if that is part of its key. */
  readonly #mount: string | undefined
  #signals: SignalSource | undefined

  /** @param scope the place that all requests of this callback have; left out, theirs is `mount` */
  constructor (opened: OpenedRequest, log: L, scope: string | undefined, mount: string | undefined) {
    super(opened)
    this.log = log
    this.#mount = scope === undefined ? mount : undefined
    this.key = runKey(scope ?? mount ?? '', this.identify(), this)
  }

  /** Whoever sends the request again can give it another key, as its path is part of that. */
  get mayComeElsewhere (): boolean {
    return this.#mount !== undefined || hasFields(this.params)
  }

  get signal (): AbortSignal {
    this.#signals ??= new AbortController()
    return this.#signals.signal
  }

  /** A handler is about to run for this request. */
  begins (attempt: number, run: SignalSource): void {
    this.attempt = attempt
    this.#signals = run
  }
}

/**
 * What a log line may say of a message: nothing of its text.
 *
 * @example
 * ```ts
 * const log = (context: CallbackContext) => { context.log.info(logFields(context), 'saved') }
 * ```
 */
export function logFields (context: CallbackContext | undefined): {
  kind?: string
  unknown?: string
  key?: string
  attempt?: number
} {
  if (context === undefined) return {}
  const { kind, attempt, message } = context
  const key = context.key.slice(0, 8)
  if (kind !== 'unknown') return { kind, key, attempt }
  return { kind, unknown: discriminantsOf(message as unknown as MessageObject), key, attempt }
}
