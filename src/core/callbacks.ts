import { STATUS_CODES } from 'node:http'
import type { CallbackContext } from '../delivery/context.js'
import { createDeliverer } from '../delivery/deliver.js'
import { release, use, useOf } from '../delivery/shared-use.js'
import type { WecomError } from '../errors.js'
import { createOpener, plainText } from '../receiver/receive.js'
import type { Answer, CallbackRequest } from '../receiver/types.js'
import { takesStream } from '../reply/stream-reply.js'
import { settingsOf } from '../streams/settings.js'
import { checkNames } from '../support/options.js'
import { loggableError, stripErrorDetails } from '../support/strip-error-details.js'
import { counted } from '../telemetry/counters.js'
import { callHook, writeLine, elapsedSince, logFields, type Log } from '../telemetry/log.js'
import type { Arrival } from './arrival.js'
import { Bots } from './bots.js'
import { ReceivedContext } from './context.js'
import { notReceived, shuttingDown } from './errors.js'
import { Handling, type RequestAnswer } from './handling.js'
import { CALLBACKS_OPTIONS, checkCallbacksOptions, checkCloseGrace, type CallbacksOptions } from './options.js'

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
  mount?: string | undefined
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
   * Verifies, decrypts and parses the raw body of a POST; at once, unless a function of the app has to be asked.
   *
   * @throws WecomError, or rejects with it: answer what `refuse` says
   */
  receive (request: ReceiveRequest, log: L): CallbackContext<L> | Promise<CallbackContext<L>>
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
 * The handling of callbacks, without a server: what the doors for Fastify, Express and node:http stand on.
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
  const checked = checkCallbacksOptions(options)
  const { store, onStoreError, deadline, inbox, onError, onLateReply, onLateError, streams } = checked
  const closeGrace = checkCloseGrace(options.closeGrace)
  const opener = createOpener({ credentials, timestampTolerance, resolveTimeout })
  const deliverer = createDeliverer({
    store,
    onStoreError,
    closeGrace,
    ...(closingTime === undefined ? {} : { closingTime })
  })
  if (timestampTolerance === Infinity) {
    writeLine(
      log,
      'info',
      { timestampTolerance },
      'timestampTolerance is Infinity: a captured request runs the handler again once its first run is forgotten, ' +
        'after a minute'
    )
  }
  const ends = [store, inbox, streams].filter(end => end !== false && end !== undefined)
  for (const end of ends) use(end)
  const bots = new Bots({ ...checked, settings: settingsOf(undefined, checked.streamDefaults) })

  let closing = false
  const storeUse = store === false ? undefined : useOf(store)
  const shared = { deliverer, inbox, deadline, timestampTolerance, onError, onLateReply, onLateError, bots }

  function begin (
    arrival: Arrival<CallbackContext<L>>, context: ReceivedContext<L>, mayStream: boolean
  ): RequestAnswer {
    // Polls do not come here: the last ones of streams that end are answered still.
    if (closing) throw shuttingDown()
    // What was signed once can come under another key: whoever sends it again chooses the path, which is part of it.
    const mayComeElsewhere = storeUse?.shared === true || Object.keys(context.params).length > 0 ||
      (scope === undefined && context.hasMount)
    const handling = new Handling<L>(shared, arrival, context, mayStream)
    return mayComeElsewhere ? handling.deliverAsFirst() : handling.deliver()
  }

  return {
    async verify (request, log) {
      const body = await opener.verify(request)
      counted.verified++
      writeLine(log, 'info', {}, 'WeCom verified the callback URL')
      return plainText(body)
    },

    receive (request, log) {
      const opened = opener.open(request, (text, code) => { writeLine(log, 'warn', { code }, text) })
      return 'then' in opened
        ? opened.then(opened => new ReceivedContext(opened, log, scope, request.mount, bots))
        : new ReceivedContext(opened, log, scope, request.mount, bots)
    },

    handle (arrival) {
      const context = receivedContext(arrival.context)
      // Only bots are answered with streams, and ask for them.
      if (!context.kind.startsWith('aibot.')) return begin(arrival, context, false)
      if (bots.isPoll(context)) return bots.poll(context)
      if (!takesStream(context.kind)) return begin(arrival, context, false)
      const loading = bots.load()
      return loading === undefined ? begin(arrival, context, true) : loading.then(() => begin(arrival, context, true))
    },

    refuse (error, { log, method, arrivedAt, context }) {
      const { code, errcode, statusCode, message, cause } = error
      const outcome =
        code === 'WECOM_HANDLER_FAILED' ? 'failed' : code === 'WECOM_SHUTTING_DOWN' ? 'closing' : 'refused'
      counted[outcome === 'failed' ? 'failed' : 'refused']++
      if (code === 'WECOM_STORE_UNAVAILABLE' || code === 'WECOM_INBOX_UNAVAILABLE') counted.storeErrors++
      const ms = arrivedAt === undefined ? {} : { ms: elapsedSince(arrivedAt) }
      const err =
        statusCode < 500 || cause === undefined
          ? {}
          : { err: code === 'WECOM_HANDLER_FAILED' ? loggableError(cause) : stripErrorDetails(cause) }
      writeLine(
        log,
        statusCode >= 500 ? 'error' : 'warn',
        { code, errcode, ...logFields(context), outcome, ...ms, ...err },
        `${method} refused with ${statusCode}: ${message}`
      )
      if (onError !== undefined) callHook(log, 'onError', () => onError(error, context), logFields(context))
      return { statusCode, ...plainText(STATUS_CODES[statusCode] ?? '') }
    },

    async close () {
      closing = true
      await Promise.all([deliverer.close(), bots.close(closeGrace)])
    },

    async end () {
      for (const end of ends) {
        await release(end).catch((error: unknown) => {
          writeLine(log, 'error', { err: stripErrorDetails(error) }, 'the store or the inbox could not be closed')
        })
      }
    }
  }
}

function receivedContext<L extends Log> (context: CallbackContext<L>): ReceivedContext<L> {
  if (context instanceof ReceivedContext) return context as ReceivedContext<L>
  throw notReceived()
}
