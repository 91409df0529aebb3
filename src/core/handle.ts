import type { CallbackContext } from '../delivery/context.js'
import type { Deliverer, Delivered } from '../delivery/deliver.js'
import { captureKey } from '../delivery/run-key.js'
import { useOf } from '../delivery/shared-use.js'
import type { Answer } from '../receiver/received.js'
import { takesStream } from '../reply/stream-reply.js'
import { isStreamReference } from '../streams/frame.js'
import { callHook, writeLine, type Log } from '../support/log.js'
import { counted } from '../telemetry/counters.js'
import type { Arrival } from './arrival.js'
import type { Bots } from './bots.js'
import { ReceivedContext } from './context.js'
import { enqueue, isAccepted } from './enqueue.js'
import { handlerFailed, notReceived, shuttingDown } from './errors.js'
import { Handling } from './handling.js'
import { elapsedSince, logFields, writeOutcome } from './log-lines.js'
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
  const storeUse = store === false ? undefined : useOf(store)

  function begin (
    arrival: Arrival<CallbackContext<L>>,
    context: ReceivedContext<L>,
    streams: boolean
  ): Answer | undefined | Promise<Answer | undefined> {
    // What was signed once can come under another key: whoever sends it again chooses the path.
    const mayComeElsewhere = storeUse?.shared === true || context.mayComeElsewhere
    const handling = new Handling<L>(options, arrival, context, streams)
    return mayComeElsewhere ? deliverAsFirst(handling) : deliver(handling)
  }

  /** Under the key that it first came with. */
  function deliverAsFirst (handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    const key = deliverer.firstKey(handling, captureKey(handling.context.identify()))
    return typeof key === 'string' ? deliverUnder(key, handling) : key.then(key => deliverUnder(key, handling))
  }

  function deliverUnder (key: string, handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    handling.key = handling.context.key = key
    return deliver(handling)
  }

  function deliver (handling: Handling<L>): Answer | undefined | Promise<Answer | undefined> {
    const { context } = handling
    if (inbox !== undefined && isAccepted(inbox, context)) {
      const { arrivedAt, keepUntil } = handling
      return enqueue(inbox, context, { arrivedAt, keepUntil, deadline: handling.deadline ?? deadline })
    }
    const delivered = deliverer.deliver(handling)
    return 'state' in delivered
      ? answerTo(delivered, handling)
      : delivered.then(delivered => answerTo(delivered, handling))
  }

  function answerTo (delivered: Delivered, handling: Handling<L>): Answer | undefined | Promise<Answer> {
    const { context, arrivedAt, bypassed: byHand, streams } = handling
    if (delivered.attempt > 0) context.attempt = delivered.attempt
    if (delivered.attempt > 1 && !handling.started) counted.repeated++
    if (delivered.state === 'closing') throw shuttingDown()
    if (delivered.state === 'failed') {
      const error = handlerFailed(context.kind, handling.started, handling.error)
      if (!byHand) throw error
      counted.failed++
      const ms = elapsedSince(arrivedAt)
      writeLine(context.log, 'error', { ...logFields(context), outcome: 'failed', ms }, handling.error?.message)
      callHook(context.log, 'onError', () => onError?.(error, context), logFields(context))
      return undefined
    }
    const outcome = OUTCOMES[delivered.state]
    counted[outcome]++
    writeOutcome(context, byHand && outcome === 'answered' ? 'unencrypted' : outcome, arrivedAt)
    if (delivered.state === 'hung-up' || byHand) return undefined
    if (delivered.state !== 'done') return context.seal('')
    return streams && isStreamReference(delivered.reply) ? bots.first(context) : context.seal(delivered.reply)
  }

  return arrival => {
    const context = receivedContext(arrival.context)
    // Only bots are answered with streams, and ask for them.
    if (!context.kind.startsWith('aibot.')) return begin(arrival, context, false)
    if (bots.isPoll(context)) return bots.poll(context)
    if (!takesStream(context.kind)) return begin(arrival, context, false)
    const loading = bots.load()
    return loading === undefined ? begin(arrival, context, true) : loading.then(() => begin(arrival, context, true))
  }
}

const OUTCOMES = { done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const

function receivedContext<L extends Log> (context: CallbackContext<L>): ReceivedContext<L> {
  if (context instanceof ReceivedContext) return context as ReceivedContext<L>
  throw notReceived()
}
