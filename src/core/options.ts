import { checkHosts, RESPOND_HOSTS } from '../bot/hosts.js'
import { refuseAsync } from '../delivery/accepts.js'
import type { AttemptStore } from '../delivery/attempts.js'
import type { Inbox } from '../delivery/inbox.js'
import { memoryStore } from '../delivery/memory-store.js'
import { quote, type WecomError } from '../errors.js'
import { checkDuration, checkOnStoreError, checkUnit, optionInvalid } from '../support/options.js'
import { memoryStreams } from '../streams/memory-streams.js'
import { checkStreamOptions, type StreamOptions } from '../streams/source/stream-options.js'
import type { StreamStore } from '../streams/store.js'
import type { ReceiverOptions } from '../receiver/options.js'
import type { LateReply } from '../reply/types.js'
import type { CallbackContext } from '../delivery/context.js'

/** The options of every adapter. Durations are in milliseconds. */
export interface CallbacksOptions<Context extends CallbackContext = CallbackContext> extends ReceiverOptions {
  /**
   * Remembers which messages were handled, so that each is handled once, however often WeCom sends it. `false` turns
   * that off. Default `memoryStore()`, for a single process; `redisStore()` of fastify-wecom/redis serves several.
   *
   * @example store: memoryStore({ maxBytes: 256 * 1024 * 1024 })
   */
  store?: AttemptStore | false | undefined
  /**
   * What to do while the store fails: `handle` handles messages without it, `refuse` answers 503. Default: the setting
   * of the store, otherwise `handle`.
   *
   * @example onStoreError: 'refuse'
   */
  onStoreError?: 'handle' | 'refuse' | undefined
  /**
   * When a message is acknowledged although its handler is still running, unless its answer is held back (see
   * `onLateReply`). Default 4 500 ms: WeCom waits 5 000.
   *
   * @example deadline: 3_000
   */
  deadline?: number | undefined
  /**
   * A durable queue; see `bullmqInbox()` of fastify-wecom/bullmq. Messages that it does not accept go to `handler`.
   * Default: none.
   *
   * @example inbox: bullmqInbox({ connection, encryptionKey })
   */
  inbox?: Inbox | undefined
  /**
   * Called for refused requests (context undefined) and failed handlers (`error.cause`). Default: only the log.
   *
   * @example onError: (error, context) => { console.error(error.code, context?.kind) }
   */
  onError?: ((error: WecomError, context: Context | undefined) => unknown) | undefined
  /**
   * Gets a reply that came too late, to be sent with the message API: the message had been acknowledged, or WeCom had
   * hung up and no retry collected the reply. With it, messages that take a passive reply are acknowledged at
   * `deadline`; without it their answer is held back until a retry of WeCom collects it. A `text()` arrives as the
   * object it stands for. Default: none.
   *
   * @example onLateReply: async (reply, context) => { await save({ to: context.sender, reply }) }
   */
  onLateReply?: ((reply: LateReply, context: Context) => unknown) | undefined
  /**
   * Gets the error of a handler that failed after its message was acknowledged, or after WeCom had hung up and no retry
   * came. Default: only the log.
   *
   * @example onLateError: (error, context) => { console.error(context.key, error) }
   */
  onLateError?: ((error: unknown, context: Context) => unknown) | undefined
  /**
   * How long the closing server waits for running handlers; 0: not at all. Default 10 000 ms.
   *
   * @example closeGrace: 5_000
   */
  closeGrace?: number | undefined
  /**
   * Where the streams of bots are kept while they grow. Default `memoryStreams()`, for a single process;
   * `redisStreams()` of fastify-wecom/redis serves several.
   *
   * @example streams: memoryStreams({ maxStreams: 50_000 })
   */
  streams?: StreamStore | undefined
  /**
   * Default options of all streams, including those with which the package answers for a handler that takes longer
   * than `deadline`. Default: see `StreamOptions`.
   *
   * @example streamDefaults: { thinking: false, texts: { failed: '出错了' } }
   */
  streamDefaults?: Omit<StreamOptions, 'feedback' | 'onEnd'> | undefined
  /**
   * Where `context.respond()`, and the rest of a stream, may be sent to: hosts (https, port 443), or whole origins.
   * Default `['qyapi.weixin.qq.com']`.
   *
   * @example respondHosts: ['wecom.example.com']
   */
  respondHosts?: readonly string[] | undefined
  /**
   * Hosts, or whole origins, of media that may resolve to private addresses; origins may be http. Default: none.
   *
   * @example mediaHosts: ['ww-aibot-img-1258476243.cos.ap-guangzhou.myqcloud.com']
   */
  mediaHosts?: readonly string[] | undefined
}

/** Those names, for the check of misspelled ones. */
export const CALLBACKS_OPTIONS = [
  'credentials',
  'timestampTolerance',
  'resolveTimeout',
  'store',
  'onStoreError',
  'deadline',
  'inbox',
  'closeGrace',
  'onError',
  'onLateReply',
  'onLateError',
  'streams',
  'streamDefaults',
  'respondHosts',
  'mediaHosts'
] as const

/** Checks what every door takes, `closeGrace` left to the door, and fills in the defaults. */
export function checkCallbacksOptions<Context extends CallbackContext> (options: CallbacksOptions<Context>) {
  const { store = memoryStore(), deadline = 4_500, inbox, onError, onLateReply, onLateError } = options
  for (const [name, value] of Object.entries({ onError, onLateReply, onLateError })) {
    if (value !== undefined && typeof value !== 'function') {
      throw optionInvalid(`${name} to be a function`, quote(value), `Give a function, or leave ${name} out.`)
    }
  }
  if (store !== false && !hasMethod(store, 'attach')) {
    throw optionInvalid(
      'store to be a store or false',
      quote(store),
      'Give memoryStore(), redisStore({ client }) of fastify-wecom/redis, or leave store out.'
    )
  }
  if (inbox !== undefined && !(hasMethod(inbox, 'put') && hasMethod(inbox, 'accepts'))) {
    throw optionInvalid(
      'inbox to be an inbox',
      quote(inbox),
      'Give bullmqInbox({ … }) of fastify-wecom/bullmq, or leave inbox out.'
    )
  }
  refuseAsync("the inbox's accepts()", inbox?.accepts)
  const onStoreError = checkOnStoreError(
    'onStoreError',
    options.onStoreError ?? (store === false ? undefined : store.onStoreError) ?? 'handle'
  )
  return {
    store,
    onStoreError,
    deadline: checkUnit('deadline', checkDuration('deadline', deadline), 50),
    inbox,
    onError,
    onLateReply,
    onLateError,
    ...checkBotsOptions(options)
  }
}

type BotOptions = Pick<CallbacksOptions, 'streams' | 'streamDefaults' | 'respondHosts' | 'mediaHosts'>

function checkBotsOptions ({
  streams = memoryStreams(), streamDefaults, respondHosts = RESPOND_HOSTS, mediaHosts = []
}: BotOptions) {
  if (!hasMethod(streams, 'begin') || !hasMethod(streams, 'poll')) {
    throw optionInvalid(
      'streams to be a store for streams',
      quote(streams),
      'Give memoryStreams(), redisStreams({ client }) of fastify-wecom/redis, or leave streams out.'
    )
  }
  return {
    streams,
    streamDefaults: checkStreamOptions('streamDefaults', streamDefaults ?? {}),
    respondOrigins: checkHosts('respondHosts', respondHosts),
    mediaOrigins: checkHosts('mediaHosts', mediaHosts)
  }
}

/** `closeGrace` where nothing bounds it. */
export function checkCloseGrace (value: unknown): number {
  if (value === undefined) return CLOSE_GRACE
  return value === 0 ? 0 : checkUnit('closeGrace', checkDuration('closeGrace', value), 50)
}

export const CLOSE_GRACE = 10_000

/** @throws WecomError WECOM_OPTION_INVALID */
export function checkHandler (handler: unknown): void {
  if (handler === undefined || typeof handler === 'function' || hasMethod(handler, 'handle')) return
  throw optionInvalid(
    'handler to be a function or a router',
    quote(handler),
    'Give a function or what createRouter() returned, or leave handler out.'
  )
}

/** @throws WecomError WECOM_OPTION_INVALID */
export function checkBodyOptions ({
  bodyLimit,
  bodyTimeout = 5_000
}: {
  bodyLimit?: number | undefined
  bodyTimeout?: number | undefined
}) {
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) {
    throw optionInvalid(
      'bodyLimit to be a whole number of bytes above 0',
      String(bodyLimit),
      'Leave it out for 262144 (256 KiB).'
    )
  }
  return { bodyLimit, bodyTimeout: checkUnit('bodyTimeout', checkDuration('bodyTimeout', bodyTimeout), 50) }
}

/**
 * WeCom's longest message is an event with lists of members and departments, a bot's message that quotes a mixed one,
 * an approval: some tens of kilobytes at most, which encryption makes longer by 4/3.
 */
export const BODY_LIMIT = 256 * 1024

function hasMethod (value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
