import type { CallbackContext } from '../delivery/context.js'
import type { Deliverer, Delivered } from '../delivery/deliver.js'
import { captureKey } from '../delivery/run-key.js'
import { isShared } from '../delivery/shared-use.js'
import type { Answer } from '../receiver/received.js'
import { isStreamReference } from '../streams/frame.js'
import { callHook, writeLine, type Log } from '../support/log.js'
import { isPromise } from '../support/is-promise.js'
import { count } from '../telemetry/counters.js'
import type { Arrival } from './arrival.js'
import { logFields, ReceivedContext } from './context.js'
import type { Bots } from './bots.js'
import { elapsedSince } from './elapsed.js'
import { enqueue, isAccepted } from './enqueue.js'
import { handlerFailed, notReceived, shuttingDown } from './errors.js'
import { Handling } from './handling.js'
import type { checkCallbacksOptions } from './options.js'

export interface HandleOptions<L extends Log>
  extends Omit<
    ReturnType<typeof checkCallbacksOptions<CallbackContext<L>>>,
    'onStoreError' | 'streams' | 'streamDefaults' | 'respondOrigins' | 'mediaOrigins'
  > {
  deliverer: Deliverer
  timestampTolerance: number
  bots: Bots
}

/** See `Callbacks.handle`. */
export type Handle<L extends Log> = (
  arrival: Arrival<CallbackContext<L>>
) => Answer | undefined | Promise<Answer | undefined>

/** Makes what brings messages to their handler or into the inbox, once, and says what each request is answered with. */
export function createHandle<L extends Log> (options: HandleOptions<L>): Handle<L> {
  const { deliverer, store, deadline, inbox, onError, bots } = options

  /** Whether what was signed once can come under another key: whoever sends it again chooses the path. */
  function mayComeElsewhere (context: ReceivedContext): boolean {
    return context.mayComeElsewhere || (store !== false && isShared(store))
  }

  function begin (
    arrival: Arrival<CallbackContext<L>>,
    context: ReceivedContext<L>
  ): Answer | undefined | Promise<Answer | undefined> {
    const handling = new Handling<L>(options, arrival, context)
    return mayComeElsewhere(context) ? deliverAsFirst(handling) : deliver(handling)
  }

  /** Under the key that it first came with. */
  function deliverAsFirst (handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    const key = deliverer.firstKey(handling, captureKey(handling.context.identify()))
    return isPromise(key) ? key.then(key => deliverUnder(key, handling)) : deliverUnder(key, handling)
  }

  function deliverUnder (key: string, handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    handling.context.key = key
    return deliver(handling)
  }

  function deliver (handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    const { context } = handling
    if (inbox !== undefined && isAccepted(inbox, context)) {
      const { arrivedAt, keepUntil } = handling
      return enqueue(inbox, context, { arrivedAt, keepUntil, deadline: handling.deadline ?? deadline })
    }
    const delivered = deliverer.deliver(handling)
    return isPromise(delivered)
      ? delivered.then(delivered => answerTo(delivered, handling))
      : answerTo(delivered, handling)
  }

  function answerTo (delivered: Delivered, handling: Handling<L>): Answer | undefined | Promise<Answer> {
    const { context, arrivedAt, bypassed: byHand } = handling
    if (delivered.attempt > 0) context.attempt = delivered.attempt
    if (delivered.attempt > 1 && !handling.started) count('repeated')
    if (delivered.state === 'closing') throw shuttingDown()
    if (delivered.state === 'failed') {
      const error = handlerFailed(context.kind, handling.started, handling.error)
      if (!byHand) throw error
      count('failed')
      const ms = elapsedSince(arrivedAt)
      writeLine(context.log, 'error', { ...logFields(context), outcome: 'failed', ms }, handling.error?.message)
      callHook(context.log, 'onError', () => onError?.(error, context), logFields(context))
      return undefined
    }
    const outcome = OUTCOMES[delivered.state]
    count(outcome)
    const told = byHand && outcome === 'answered' ? 'unencrypted' : outcome
    const line: ReturnType<typeof logFields> & { outcome?: string, ms?: number } = logFields(context)
    // Assigned, as a literal with a spread in it takes V8's slow way: 2 % of a request.
    line.outcome = told
    line.ms = elapsedSince(arrivedAt)
    writeLine(context.log, 'info', line, 'WeCom message')
    if (delivered.state === 'hung-up' || byHand) return undefined
    if (delivered.state !== 'done') return context.seal('')
    return isStreamReference(delivered.reply) ? bots.first(context) : context.seal(delivered.reply)
  }

  return arrival => {
    const context = receivedContext(arrival.context)
    if (bots.isPoll(context)) return bots.poll(context)
    const loading = bots.load(context)
    return loading === undefined ? begin(arrival, context) : loading.then(() => begin(arrival, context))
  }
}

const OUTCOMES = { done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const

function receivedContext<L extends Log> (context: CallbackContext<L>): ReceivedContext<L> {
  if (context instanceof ReceivedContext) return context as ReceivedContext<L>
  throw notReceived()
}
