import type { AttemptStore } from './delivery/attempts.js'
import { refuseAsync } from './delivery/accepts.js'
import type { Inbox } from './delivery/inbox.js'
import { memoryStore } from './delivery/memory-store.js'
import { quote } from './errors.js'
import { checkDuration, checkNames, checkOnStoreError, checkUnit, optionInvalid, type ReceiverOptions } from './options.js'

/** The options of the plugin that are values; `handler` and the hooks stand in plugin.ts. */
export interface PluginOptions extends ReceiverOptions {
  /** The callback's path, as pasted into the WeCom console after the domain; may hold parameters; `prefix` goes before it. */
  path: string
  /**
   * Bytes of a body; 413 beyond. Default 262 144 (256 KiB), or the server's own where that is smaller. Where it is left out, a POST route of the
   * app's may have its own.
   */
  bodyLimit?: number | undefined
  /** How long the body may take; 408 beyond. Default 5 000. */
  bodyTimeout?: number | undefined
  /**
   * Where the runs of handlers are kept, so that a message is handled once however often WeCom sends it. `false` turns that
   * off. Default `memoryStore()`: this process alone; `redisStore()` of fastify-wecom/redis serves many.
   */
  store?: AttemptStore | false | undefined
  /** While the store fails: `handle` goes on without it, `refuse` answers 503. Default: what the store says, else `handle`. */
  onStoreError?: 'handle' | 'refuse' | undefined
  /** When a message whose answer is not held back is acknowledged though its handler still runs. Default 4 500: WeCom waits 5 000. */
  deadline?: number | undefined
  /** A durable queue; see `bullmqInbox()` of fastify-wecom/bullmq. What it does not accept goes to `handler`. */
  inbox?: Inbox | undefined
  /**
   * How long running handlers are waited for when the server closes; 0: not at all. At most nine tenths of Fastify's `pluginTimeout`, as
   * `app.close()` rejects after that. Default 10 000, or eight tenths of `pluginTimeout` where that is less: 8 000 with Fastify's default of 10 000.
   */
  closeGrace?: number | undefined
  /** Goes before `path`, as with any plugin. */
  prefix?: string
}

const KNOWN = [
  'path', 'credentials', 'handler', 'timestampTolerance', 'resolveTimeout', 'bodyLimit', 'bodyTimeout', 'store', 'onStoreError', 'deadline',
  'inbox', 'closeGrace', 'onError', 'onLateReply', 'onLateError', 'prefix', 'logLevel', 'logSerializers'
]

/** Checks what only the plugin takes and fills in the defaults; `createReceiver` checks the rest. */
export function checkPluginOptions<H> (server: { pluginTimeout?: number, bodyLimit?: number }, options: PluginOptions & { handler?: H, onError?: unknown, onLateReply?: unknown, onLateError?: unknown }) {
  const { path, prefix = '', bodyLimit, bodyTimeout = 5_000, store = memoryStore(), deadline = 4_500, closeGrace, inbox, handler, onError, onLateReply, onLateError } = options
  checkNames('the plugin', options, KNOWN)
  if (typeof path !== 'string' || !path.startsWith('/')) throw optionInvalid("path to begin with '/'", quote(path), "Give the path of the callback URL, as in path: '/wecom/callback'.")
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) throw optionInvalid('bodyLimit to be a whole number of bytes above 0', String(bodyLimit), 'Leave it out for 262144 (256 KiB).')
  if (handler !== undefined && typeof handler !== 'function' && !hasMethod(handler, 'handle')) throw optionInvalid('handler to be a function or a router', quote(handler), 'Give a function or what createRouter() returned, or leave handler out.')
  for (const [name, value] of Object.entries({ onError, onLateReply, onLateError })) {
    if (value !== undefined && typeof value !== 'function') throw optionInvalid(`${name} to be a function`, quote(value), `Give a function, or leave ${name} out.`)
  }
  if (store !== false && !hasMethod(store, 'attach')) throw optionInvalid('store to be a store or false', quote(store), 'Give memoryStore(), redisStore({ client }) of fastify-wecom/redis, or leave store out.')
  if (inbox !== undefined && !(hasMethod(inbox, 'put') && hasMethod(inbox, 'accepts'))) throw optionInvalid('inbox to be an inbox', quote(inbox), 'Give bullmqInbox({ … }) of fastify-wecom/bullmq, or leave inbox out.')
  refuseAsync("the inbox's accepts()", inbox?.accepts)
  const pluginTimeout = server.pluginTimeout ?? 10_000
  const grace = checkCloseGrace(closeGrace, pluginTimeout)
  const onStoreError = checkOnStoreError('onStoreError', options.onStoreError ?? (store === false ? undefined : store.onStoreError) ?? 'handle')
  return {
    path,
    prefix,
    handler,
    bodyLimit,
    defaultBodyLimit: Math.min(BODY_LIMIT, server.bodyLimit ?? BODY_LIMIT),
    bodyTimeout: checkUnit('bodyTimeout', checkDuration('bodyTimeout', bodyTimeout), 50),
    store,
    onStoreError,
    deadline: checkUnit('deadline', checkDuration('deadline', deadline), 50),
    closeGrace: grace,
    closingTime: pluginTimeout > 0 ? pluginTimeout - grace : Infinity,
    inbox
  }
}

/**
 * WeCom's longest message is an event with lists of members and departments, a bot's message that quotes a mixed one, an approval: some tens of
 * kilobytes at most, which encryption makes longer by 4/3.
 */
const BODY_LIMIT = 256 * 1024

/** Fastify gives all preClose hooks and the end of the connections `pluginTimeout` together; then `app.close()` rejects. */
function checkCloseGrace (value: unknown, pluginTimeout: number): number {
  const bounded = pluginTimeout > 0
  if (value === undefined) return bounded ? Math.min(10_000, Math.floor(pluginTimeout * 0.8)) : 10_000
  if (value === 0) return 0
  const closeGrace = checkUnit('closeGrace', checkDuration('closeGrace', value), 50)
  const most = Math.floor(pluginTimeout * 0.9)
  if (!bounded || closeGrace <= most) return closeGrace
  throw optionInvalid(
    `closeGrace to be at most ${most}, nine tenths of Fastify's pluginTimeout of ${pluginTimeout}, after which app.close() rejects with AVV_ERR_READY_TIMEOUT`,
    String(closeGrace),
    `Leave it out for ${Math.min(10_000, Math.floor(pluginTimeout * 0.8))}, or raise the limit with Fastify({ pluginTimeout: ${Math.ceil(closeGrace / 0.9 / 1000) * 1000} }).`
  )
}

function hasMethod (value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
