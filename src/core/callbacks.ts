import { STATUS_CODES } from 'node:http'
import { stripErrorDetails, loggableError } from '../support/strip-error-details.js'
import { count } from '../telemetry/counters.js'
import { deadlineOf } from '../delivery/deadline.js'
import type { CallbackContext } from '../delivery/context.js'
import { createDeliverer, type Delivered } from '../delivery/deliver.js'
import { keepUntil } from '../delivery/keep-until.js'
import { captureKey, runKey } from '../delivery/run-key.js'
import { isShared, release, use } from '../delivery/shared-use.js'
import type { WecomError } from '../errors.js'
import { answerPolicyOf } from '../message/lookup.js'
import { createOpener, type CallbackRequest } from '../receiver/opener.js'
import type { Answer } from '../receiver/received.js'
import { readableReply } from '../reply/readable.js'
import { callHook, type Log } from '../support/log.js'
import { isTraced, traced } from '../telemetry/tracing.js'
import { whenReady } from '../support/when-ready.js'
import type { Arrival } from './arrival.js'
import { logFields, ReceivedContext } from './context.js'
import { enqueue, isAccepted } from './enqueue.js'
import { handlerFailed, notReceived, shuttingDown } from './errors.js'
import { Handling } from './handling.js'
import { CALLBACKS_OPTIONS, checkCallbacksOptions, checkCloseGrace, type CallbacksOptions } from './options.js'
import { checkNames } from '../support/options.js'

export interface CreateCallbacksOptions<
  Context extends CallbackContext = CallbackContext
> extends CallbacksOptions<Context> {
  /**
   * The place of the callback, as its path: messages of one place are told apart from those of another that shares the
   * store. Left out: the `mount` of each request.
   *
   * @example scope: '/wecom/callback'
   */
  scope?: string | undefined
  /**
   * For what belongs to no request.
   *
   * @example log: console
   */
  log: Log
  /**
   * Milliseconds that the server waits for the end beyond `closeGrace`. Default 2 000.
   *
   * @example closingTime: 1_000
   */
  closingTime?: number | undefined
}

/** A POST, as `receive` takes it. */
export interface ReceiveRequest extends CallbackRequest {
  /** As it was sent. */
  body: string | Uint8Array
  /** Where the server found the callback, given that there is no option `scope`. */
  mount?: string
}

/** What a request that is refused was. */
export interface Refused<Context extends CallbackContext> {
  log: Log
  /** GET or POST, for the log. */
  method: string
  /** By `performance.now()`. */
  arrivedAt?: number | undefined
  /** What `receive` gave, where it came that far. */
  context?: Context | undefined
}

/** One callback URL on any server: verified, once, in time, or into the inbox. */
export interface Callbacks<L extends Log = Log> {
  /**
   * URL verification: the answer to the GET, with status 200.
   *
   * @throws WecomError: answer what `refuse` says
   */
  verify (request: CallbackRequest, log: L): Promise<Answer>
  /**
   * Verifies, decrypts and parses the raw body of a POST.
   *
   * @throws WecomError: answer what `refuse` says
   */
  receive (request: ReceiveRequest, log: L): Promise<CallbackContext<L>>
  /**
   * Brings a message to its handler, once, and gives what this request is to be answered with, status 200; `undefined`
   * where the handler has answered by its own hand or the connection is gone.
   *
   * @throws WecomError WECOM_HANDLER_FAILED, WECOM_SHUTTING_DOWN, WECOM_STORE_UNAVAILABLE, WECOM_INBOX_UNAVAILABLE,
   * WECOM_NOT_A_CALLBACK:
   *   answer what `refuse` says
   */
  handle (arrival: Arrival<CallbackContext<L>>): Answer | undefined | Promise<Answer | undefined>
  /**
   * What a refused request is answered with; counts and logs it, and calls onError. The body tells a stranger nothing.
   */
  refuse (error: WecomError, refused: Refused<CallbackContext<L>>): Answer & { statusCode: number }
  /**
   * The server closes: refuses what comes, waits for what runs, as long as `closeGrace` allows, then aborts it and
   * frees its key.
   */
  close (): Promise<void>
  /** The server has closed: closes the store and the inbox, unless others still use them. Never rejects. */
  end (): Promise<void>
}

/**
 * The handling of callbacks, without a server: what Fastify's plugin, the listener for node:http and the middleware for
 * Express stand on.
 *
 * @example
 * ```ts
 * const callbacks = createCallbacks({ credentials, scope: '/wecom/callback', log: console })
 * const context = await callbacks.receive(request, console)
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function createCallbacks<L extends Log = Log> (
  options: CreateCallbacksOptions<CallbackContext<L>>
): Callbacks<L> {
  checkNames('createCallbacks', options, [...CALLBACKS_OPTIONS, 'scope', 'log', 'closingTime'])
  const { credentials, timestampTolerance = 300_000, resolveTimeout, scope, log, closingTime } = options
  const { store, onStoreError, deadline, inbox, onError, onLateReply, onLateError } = checkCallbacksOptions(options)
  const opener = createOpener({ credentials, timestampTolerance, resolveTimeout })
  const deliverer = createDeliverer({
    store,
    onStoreError,
    closeGrace: checkCloseGrace(options.closeGrace),
    ...(closingTime === undefined ? {} : { closingTime })
  })
  if (timestampTolerance === Infinity) {
    log.info(
      { timestampTolerance },
      'timestampTolerance is Infinity: a captured request runs a handler again once its run is forgotten, after a ' +
        'minute'
    )
  }
  const ends = [store, inbox].filter(end => end !== false && end !== undefined)
  for (const end of ends) use(end)

  /** Whether what was signed once can come under another key: whoever sends it again chooses the path. */
  function mayComeElsewhere ({ params, mount }: ReceivedContext): boolean {
    return mount !== undefined || Object.keys(params).length > 0 || (store !== false && isShared(store))
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
      context.log.error({ ...logFields(context), outcome: 'failed', ms: since(arrivedAt) }, handling?.error?.message)
      callHook(context.log, 'onError', () => onError?.(error, context))
      return undefined
    }
    const outcome = ({ done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const)[delivered.state]
    count(outcome)
    context.log.info(
      {
        ...logFields(context),
        outcome: byHand && outcome === 'answered' ? 'unencrypted' : outcome,
        ms: since(arrivedAt)
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

  return {
    async verify (request, log) {
      const body = await opener.verify(request)
      count('verified')
      log.info({}, 'WeCom verified the callback URL')
      return { contentType: TEXT, body }
    },

    async receive (request, log) {
      const opened = await opener.open(request, (text, code) => { log.warn({ code }, text) })
      const mount = scope === undefined ? request.mount : undefined
      return new ReceivedContext(opened, log, mount, callback =>
        runKey(scope ?? mount ?? '', callback.identify(), callback)
      )
    },

    handle,

    refuse (error, { log, method, arrivedAt, context }) {
      const { code, errcode, statusCode, message, cause } = error
      const outcome =
        code === 'WECOM_HANDLER_FAILED' ? 'failed' : code === 'WECOM_SHUTTING_DOWN' ? 'closing' : 'refused'
      count(outcome === 'failed' ? 'failed' : 'refused')
      if (code === 'WECOM_STORE_UNAVAILABLE' || code === 'WECOM_INBOX_UNAVAILABLE') count('storeErrors')
      const ms = arrivedAt === undefined ? {} : { ms: since(arrivedAt) }
      const err =
        statusCode < 500 || cause === undefined
          ? {}
          : { err: code === 'WECOM_HANDLER_FAILED' ? loggableError(cause) : stripErrorDetails(cause) }
      log[statusCode >= 500 ? 'error' : 'warn'](
        { code, errcode, ...logFields(context), outcome, ...ms, ...err },
        `${method} refused with ${statusCode}: ${message}`
      )
      callHook(log, 'onError', () => onError?.(error, context))
      return { statusCode, contentType: TEXT, body: STATUS_CODES[statusCode] ?? '' }
    },

    close: deliverer.close,

    async end () {
      for (const end of ends) {
        await release(end).catch((error: unknown) => {
          log.error({ err: stripErrorDetails(error) }, 'the store or the inbox does not close')
        })
      }
    }
  }
}

type Asked = Pick<
  Parameters<ReturnType<typeof createDeliverer>['deliver']>[0],
  'key' | 'arrivedAt' | 'deadline' | 'keepUntil' | 'warn'
>

const TEXT = 'text/plain; charset=utf-8'

/** Calls the handler, within a tracing channel that ends with the run. */
function start<L extends Log> (
  arrival: Arrival<CallbackContext<L>>,
  context: CallbackContext<L>,
  handling: Handling,
  run: { outcome: Promise<unknown> }
): void {
  if (!isTraced('handle')) {
    arrival.startHandler(handling)
    return
  }
  traced('handle', logFields(context), async () => {
    arrival.startHandler(handling)
    await run.outcome
    if (handling.error !== undefined) throw handling.error
  }).catch(() => {})
}

function receivedContext<L extends Log> (context: CallbackContext<L>): ReceivedContext<L> {
  if (context instanceof ReceivedContext) return context as ReceivedContext<L>
  throw notReceived()
}

/** Whole milliseconds. */
function since (arrivedAt: number): number {
  return Math.round(performance.now() - arrivedAt)
}
