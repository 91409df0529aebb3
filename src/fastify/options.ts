import {
  BODY_LIMIT,
  CALLBACKS_OPTIONS,
  checkBodyOptions,
  checkCloseGrace as checkGrace,
  checkHandler,
  CLOSE_GRACE,
  type CallbacksOptions
} from '../core/options.js'
import { quote } from '../errors.js'
import { checkNames, optionInvalid } from '../support/options.js'
import type { RegisterOptions } from 'fastify'
import type { WecomContext } from './request-state.js'

/** The options of the plugin, except `handler`, which is in plugin.ts. */
export interface PluginOptions extends CallbacksOptions<WecomContext> {
  /**
   * The path of the callback URL, without the domain. It may have parameters. `prefix` goes before it.
   *
   * @example path: '/wecom/:corpId'
   */
  path: string
  /**
   * The most bytes that a body may have; longer ones are answered with 413. Default 262 144 (256 KiB), or the server's
   * own limit if that is smaller. If you leave it out, your own POST route may set its own.
   *
   * @example bodyLimit: 512 * 1024
   */
  bodyLimit?: number | undefined
  /**
   * How long a body may take to arrive; slower ones are answered with 408. Default 5 000 ms.
   *
   * @example bodyTimeout: 10_000
   */
  bodyTimeout?: number | undefined
  /**
   * How long the closing server waits for running handlers; 0: not at all. At most nine tenths of Fastify's
   * `pluginTimeout`, because `app.close()` rejects after that. Default 10 000 ms, or eight tenths of `pluginTimeout` if
   * that is less: 8 000 with Fastify's default of 10 000.
   *
   * @example closeGrace: 5_000
   */
  closeGrace?: number | undefined
  /**
   * Goes before `path`, as with any plugin. Default: nothing.
   *
   * @example prefix: '/v1'
   */
  prefix?: string
}

const KNOWN = [
  ...CALLBACKS_OPTIONS,
  'path',
  'handler',
  'bodyLimit',
  'bodyTimeout',
  'prefix',
  'logLevel',
  'logSerializers'
]

/** What Fastify itself takes for the routes. */
type RouteLogging = Pick<RegisterOptions, 'logLevel' | 'logSerializers'>

/** The options of the plugin, complete. */
interface CheckedOptions<H> {
  path: string
  prefix: string
  handler: H | undefined
  logging: RouteLogging
  bodyLimit: number | undefined
  bodyTimeout: number
  defaultBodyLimit: number
  callbacks: CallbacksOptions<WecomContext> & { closeGrace: number, closingTime: number }
}

/** Checks what the plugin itself takes and fills in the defaults; the core checks the rest. */
export function checkPluginOptions<H> (
  server: { pluginTimeout?: number, bodyLimit?: number },
  options: PluginOptions & RouteLogging & { handler?: H }
): CheckedOptions<H> {
  checkNames('the plugin', options, KNOWN)
  const { path, prefix = '', handler, closeGrace, bodyLimit, bodyTimeout, logLevel, logSerializers, ...rest } = options
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw optionInvalid(
      "path to begin with '/'",
      quote(path),
      "Give the path of the callback URL, as in path: '/wecom/callback'."
    )
  }
  const body = checkBodyOptions({ bodyLimit, bodyTimeout })
  checkHandler(handler)
  const pluginTimeout = server.pluginTimeout ?? 10_000
  const grace = checkCloseGrace(closeGrace, pluginTimeout)
  return {
    path,
    prefix,
    handler,
    logging: {
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(logSerializers === undefined ? {} : { logSerializers })
    },
    ...body,
    defaultBodyLimit: Math.min(BODY_LIMIT, server.bodyLimit ?? BODY_LIMIT),
    callbacks: {
      ...rest,
      closeGrace: grace,
      closingTime: pluginTimeout > 0 ? pluginTimeout - grace : Infinity
    }
  }
}

/**
 * Fastify gives all preClose hooks and the end of the connections `pluginTimeout` together; then `app.close()` rejects.
 */
function checkCloseGrace (value: unknown, pluginTimeout: number): number {
  const bounded = pluginTimeout > 0
  if (value === undefined) return bounded ? Math.min(CLOSE_GRACE, Math.floor(pluginTimeout * 0.8)) : CLOSE_GRACE
  const closeGrace = checkGrace(value)
  const most = Math.floor(pluginTimeout * 0.9)
  if (!bounded || closeGrace <= most) return closeGrace
  throw optionInvalid(
    `closeGrace to be at most ${most}, nine tenths of Fastify's pluginTimeout of ${pluginTimeout}, after which ` +
      'app.close() rejects with AVV_ERR_READY_TIMEOUT',
    String(closeGrace),
    `Leave it out for ${Math.min(CLOSE_GRACE, Math.floor(pluginTimeout * 0.8))}, or raise the limit with Fastify({ ` +
      `pluginTimeout: ${Math.ceil(closeGrace / 0.9 / 1000) * 1000} }).`
  )
}
