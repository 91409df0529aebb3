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

/** The options of the plugin but `handler`, which stands in plugin.ts. */
export interface PluginOptions extends CallbacksOptions<WecomContext> {
  /**
   * The callback's path, as pasted into the WeCom console after the domain; may hold parameters; `prefix` goes before
   * it.
   *
   * @example path: '/wecom/:corpId'
   */
  path: string
  /**
   * Bytes of a body; 413 beyond. Default 262 144 (256 KiB), or the server's own where that is smaller. Where it is left
   * out, a POST route of the app's may have its own.
   *
   * @example bodyLimit: 512 * 1024
   */
  bodyLimit?: number | undefined
  /**
   * How long the body may take; 408 beyond. Default 5 000 ms.
   *
   * @example bodyTimeout: 10_000
   */
  bodyTimeout?: number | undefined
  /**
   * How long running handlers are waited for when the server closes; 0: not at all. At most nine tenths of Fastify's
   * `pluginTimeout`, as `app.close()` rejects after that. Default 10 000 ms, or eight tenths of `pluginTimeout` where
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

/** Checks what the plugin itself takes and fills in the defaults; the core checks the rest. */
export function checkPluginOptions<H> (
  server: { pluginTimeout?: number, bodyLimit?: number },
  options: PluginOptions & Pick<RegisterOptions, 'logLevel' | 'logSerializers'> & { handler?: H }
) {
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
