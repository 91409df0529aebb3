import { deadlineOf } from '../delivery/deadline.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Deliverer, Delivered } from '../delivery/deliver.js'
import type { Delivery } from '../delivery/delivery.js'
import { keepUntil } from '../delivery/keep-until.js'
import { captureKey } from '../delivery/run-key.js'
import { isShared } from '../delivery/shared-use.js'
import { answerPolicyOf } from '../message/lookup.js'
import type { Answer } from '../receiver/received.js'
import { readableReply } from '../reply/readable.js'
import { callHook, type Log } from '../support/log.js'
import { loggableError, stripErrorDetails } from '../support/strip-error-details.js'
import { whenReady } from '../support/when-ready.js'
import { count } from '../telemetry/counters.js'
import { isTraced, traced } from '../telemetry/tracing.js'
import type { Arrival } from './arrival.js'
import { logFields, ReceivedContext } from './context.js'
import { elapsedSince } from './elapsed.js'
import { enqueue, isAccepted } from './enqueue.js'
import { handlerFailed, notReceived, shuttingDown } from './errors.js'
import { Handling } from './handling.js'
import type { checkCallbacksOptions } from './options.js'

export interface HandleOptions<L extends Log>
  extends Omit<ReturnType<typeof checkCallbacksOptions<CallbackContext<L>>>, 'onStoreError'> {
  deliverer: Deliverer
  timestampTolerance: number
}

/** See `Callbacks.handle`. */
export type Handle<L extends Log> = (
  arrival: Arrival<CallbackContext<L>>
) => Answer | undefined | Promise<Answer | undefined>

/** Makes what brings messages to their handler or into the inbox, once, and says what each request is answered with. */
export function createHandle<L extends Log> (options: HandleOptions<L>): Handle<L> {
  const { deliverer, store, deadline, inbox, timestampTolerance, onError, onLateReply, onLateError } = options

  /** Whether what was signed once can come under another key: whoever sends it again chooses the path. */
  function mayComeElsewhere (context: ReceivedContext): boolean {
    return context.mayComeElsewhere || (store !== false && isShared(store))
  }

  function handle (arrival: Arrival<CallbackContext<L>>): Answer | undefined | Promise<Answer | undefined> {
    const context = receivedContext(arrival.context)
    const catalogued = answerPolicyOf(context.kind)
    const asker = {
      key: context.key,
      arrivedAt: arrival.arrivedAt,
      deadline: deadlineOf(catalogued, deadline, onLateReply !== undefined),
      keepUntil: keepUntil(context.timestamp, timestampTolerance),
      warn: (message: string, cause?: unknown) => {
        if (cause !== undefined) count('storeErrors')
        context.log.warn(
          { ...logFields(context), ...(cause === undefined ? {} : { err: stripErrorDetails(cause) }) },
          message
        )
      }
    }
    if (!mayComeElsewhere(context)) return handleAs(asker)
    return whenReady(deliverer.firstKey(asker, captureKey(context.identify())), key => {
      context.key = key
      return handleAs({ ...asker, key })
    })

    function handleAs (asker: Asked): Answer | undefined | Promise<Answer | undefined> {
      if (inbox === undefined || !isAccepted(inbox, context)) return deliver(asker)
      return enqueue(inbox, context, { ...asker, deadline: asker.deadline ?? deadline })
    }

    function deliver (asker: Asked): Answer | undefined | Promise<Answer | undefined> {
      let handling: Handling | undefined
      const delivered = deliverer.deliver({
        ...asker,
        takesLateReplies: onLateReply !== undefined,
        onHangUp: listener => arrival.onHangUp(listener),
        isGone: () => arrival.isGone(),
        start: (run, attempt) => {
          context.begins(attempt, run)
          count('handled')
          handling = new Handling(context, run)
          start(arrival, context, handling, run)
        },
        late: (settlement, { acknowledged, reason }) => {
          count('late')
          if (settlement.state === 'failed') takeLateError(context, handling?.error ?? reason, acknowledged)
          else if (handling?.value !== undefined) takeLateReply(context, handling.value, acknowledged)
        },
        slow: () => {
          const waited = catalogued?.passiveReply === true && onLateReply === undefined
          context.log[waited ? 'warn' : 'info'](
            logFields(context),
            waited
              ? 'the handler takes longer than the 5 seconds that WeCom waits: a retry can still collect its reply, ' +
                'for about 15 seconds. Answer sooner, or give onLateReply and send it by the message API'
              : 'the handler takes longer than 5 seconds'
          )
        },
        repeated: () => {
          context.log.warn(
            { ...logFields(context), err: loggableError(handling?.error) },
            'the handler failed when WeCom had hung up; WeCom has sent the message again since'
          )
        }
      })
      return whenReady(delivered, delivered => answerTo(delivered, arrival, context, handling))
    }
  }

  function answerTo (
    delivered: Delivered,
    { arrivedAt }: Arrival<CallbackContext<L>>,
    context: ReceivedContext<L>,
    handling: Handling | undefined
  ): Answer | undefined {
    if (delivered.attempt > 0) context.attempt = delivered.attempt
    const byHand = handling?.bypassed === true
    if (delivered.attempt > 1 && handling === undefined) count('repeated')
    if (delivered.state === 'closing') throw shuttingDown()
    if (delivered.state === 'failed') {
      const error = handlerFailed(context.kind, handling !== undefined, handling?.error)
      if (!byHand) throw error
      count('failed')
      const ms = elapsedSince(arrivedAt)
      context.log.error({ ...logFields(context), outcome: 'failed', ms }, handling?.error?.message)
      callHook(context.log, 'onError', () => onError?.(error, context))
      return undefined
    }
    const outcome = ({ done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const)[delivered.state]
    count(outcome)
    context.log.info(
      {
        ...logFields(context),
        outcome: byHand && outcome === 'answered' ? 'unencrypted' : outcome,
        ms: elapsedSince(arrivedAt)
      },
      'WeCom message'
    )
    if (delivered.state === 'hung-up' || byHand) return undefined
    return context.seal(delivered.state === 'done' ? delivered.reply : '')
  }

  function takeLateReply (context: CallbackContext<L>, value: unknown, acknowledged: boolean): void {
    if (!acknowledged || onLateReply === undefined) {
      context.log.warn(
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

  function takeLateError (context: CallbackContext<L>, error: unknown, acknowledged: boolean): void {
    context.log.error(
      { ...logFields(context), err: loggableError(error) },
      acknowledged
        ? 'the handler failed after the message was acknowledged: WeCom will not send it again'
        : 'the handler failed when WeCom had given up: no retry has come since. Handle the message from onLateError, ' +
          'or give the plugin an inbox, which tries again'
    )
    callHook(context.log, 'onLateError', () => onLateError?.(error, context))
  }

  return handle
}

type Asked = Pick<
  Delivery,
  'key' | 'arrivedAt' | 'deadline' | 'keepUntil' | 'warn'
>

/** Calls the handler, within a tracing channel that ends with the run. */
function start<L extends Log> (
  arrival: Arrival<CallbackContext<L>>,
  context: CallbackContext<L>,
  handling: Handling,
  run: { outcome: Promise<unknown> }
): void {
  const startHandler = (): void => {
    try {
      arrival.startHandler(handling)
    } catch (error) {
      handling.fail(error)
    }
  }
  if (!isTraced('handle')) {
    startHandler()
    return
  }
  traced('handle', logFields(context), async () => {
    startHandler()
    await run.outcome
    if (handling.error !== undefined) throw handling.error
  }).catch(() => {})
}

function receivedContext<L extends Log> (context: CallbackContext<L>): ReceivedContext<L> {
  if (context instanceof ReceivedContext) return context as ReceivedContext<L>
  throw notReceived()
}
