import { quote } from './errors.js'
import { checkDuration, optionInvalid, type ReceiverOptions } from './options.js'

/** The options of the plugin that are values; `handler` and the hooks stand in plugin.ts. */
export interface PluginOptions extends ReceiverOptions {
  /** The callback's path, as pasted into the WeCom console after the domain; may hold parameters; `prefix` goes before it. */
  path: string
  /** Bytes; 413 beyond. Default: the server's (1 MiB). */
  bodyLimit?: number | undefined
  /** How long the body may take; 408 beyond. Default 5 000. */
  bodyTimeout?: number | undefined
  /** Goes before `path`, as with any plugin. */
  prefix?: string
}

const KNOWN = ['path', 'credentials', 'handler', 'timestampTolerance', 'resolveTimeout', 'bodyLimit', 'bodyTimeout', 'onError', 'prefix', 'logLevel', 'logSerializers']

/** Checks what only the plugin takes and fills in the defaults; `createReceiver` checks the rest. */
export function checkPluginOptions<H> (options: PluginOptions & { handler?: H, onError?: unknown }) {
  const { path, prefix = '', bodyLimit, bodyTimeout = 5_000, handler, onError } = options
  if (typeof path !== 'string' || !path.startsWith('/')) throw optionInvalid("path to begin with '/'", quote(path), "Give the path of the callback URL, as in path: '/wecom/callback'.")
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) throw optionInvalid('bodyLimit to be a whole number of bytes above 0', String(bodyLimit), "Leave it out for the server's.")
  if (handler !== undefined && typeof handler !== 'function' && typeof (handler as { handle?: unknown } | null)?.handle !== 'function') throw optionInvalid('handler to be a function or a router', quote(handler), 'Give a function or what createRouter() returned, or leave handler out.')
  if (onError !== undefined && typeof onError !== 'function') throw optionInvalid('onError to be a function', quote(onError), 'Give a function, or leave onError out.')
  const unknown = Object.keys(options).filter(name => !KNOWN.includes(name))
  return { path, prefix, bodyLimit, bodyTimeout: checkDuration('bodyTimeout', bodyTimeout), handler, unknown }
}
