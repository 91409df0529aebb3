import type { AttemptStore } from './delivery/attempts.js'
import { refuseAsync } from './delivery/accepts.js'
import type { Inbox } from './delivery/inbox.js'
import { memoryStore } from './delivery/memory-store.js'
import { quote } from './errors.js'
import { checkDuration, checkOnStoreError, optionInvalid, type ReceiverOptions } from './options.js'

/** The options of the plugin that are values; `handler` and the hooks stand in plugin.ts. */
export interface PluginOptions extends ReceiverOptions {
  /** The callback's path, as pasted into the WeCom console after the domain; may hold parameters; `prefix` goes before it. */
  path: string
  /** Bytes; 413 beyond. Default: the server's (1 MiB). */
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
  /** How long running handlers are waited for when the server closes; 0: not at all. Default 10 000. */
  closeGrace?: number | undefined
  /** Goes before `path`, as with any plugin. */
  prefix?: string
}

const KNOWN = [
  'path', 'credentials', 'handler', 'timestampTolerance', 'resolveTimeout', 'bodyLimit', 'bodyTimeout', 'store', 'onStoreError', 'deadline',
  'inbox', 'closeGrace', 'onError', 'onLateReply', 'onLateError', 'prefix', 'logLevel', 'logSerializers'
]

/** Checks what only the plugin takes and fills in the defaults; `createReceiver` checks the rest. */
export function checkPluginOptions<H> (options: PluginOptions & { handler?: H, onError?: unknown, onLateReply?: unknown, onLateError?: unknown }) {
  const { path, prefix = '', bodyLimit, bodyTimeout = 5_000, store = memoryStore(), deadline = 4_500, closeGrace = 10_000, inbox, handler, onError, onLateReply, onLateError } = options
  if (typeof path !== 'string' || !path.startsWith('/')) throw optionInvalid("path to begin with '/'", quote(path), "Give the path of the callback URL, as in path: '/wecom/callback'.")
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) throw optionInvalid('bodyLimit to be a whole number of bytes above 0', String(bodyLimit), "Leave it out for the server's.")
  if (handler !== undefined && typeof handler !== 'function' && !hasMethod(handler, 'handle')) throw optionInvalid('handler to be a function or a router', quote(handler), 'Give a function or what createRouter() returned, or leave handler out.')
  for (const [name, value] of Object.entries({ onError, onLateReply, onLateError })) {
    if (value !== undefined && typeof value !== 'function') throw optionInvalid(`${name} to be a function`, quote(value), `Give a function, or leave ${name} out.`)
  }
  if (store !== false && !hasMethod(store, 'attach')) throw optionInvalid('store to be a store or false', quote(store), 'Give memoryStore(), redisStore({ client }) of fastify-wecom/redis, or leave store out.')
  if (inbox !== undefined && !(hasMethod(inbox, 'put') && hasMethod(inbox, 'accepts'))) throw optionInvalid('inbox to be an inbox', quote(inbox), 'Give bullmqInbox({ … }) of fastify-wecom/bullmq, or leave inbox out.')
  refuseAsync("the inbox's accepts()", inbox?.accepts)
  const onStoreError = checkOnStoreError('onStoreError', options.onStoreError ?? (store === false ? undefined : store.onStoreError) ?? 'handle')
  return {
    path,
    prefix,
    handler,
    bodyLimit,
    bodyTimeout: checkDuration('bodyTimeout', bodyTimeout),
    store,
    onStoreError,
    deadline: checkDuration('deadline', deadline),
    closeGrace: closeGrace === 0 ? 0 : checkDuration('closeGrace', closeGrace),
    inbox,
    unknown: Object.keys(options).filter(name => !KNOWN.includes(name))
  }
}

function hasMethod (value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
