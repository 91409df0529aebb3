import type { IncomingMessage } from 'node:http'
import { createCallbacks, type Callbacks } from '../core/callbacks.js'
import {
  BODY_LIMIT, CALLBACKS_OPTIONS, checkBodyOptions, checkHandler, type CallbacksOptions
} from '../core/options.js'
import type { Handler } from '../core/run-handler.js'
import type { CallbackContext } from '../delivery/context.js'
import { quote } from '../errors.js'
import { checkNames, optionInvalid } from '../support/options.js'
import type { Log } from '../telemetry/log.js'
import { readLogger } from './logger.js'
import { loadBodyReader, type BodyLimits, type Request } from './request.js'

/** What the doors for node:http and Express take. Durations are in milliseconds. */
export interface DoorOptions<L extends Log = Log, R = IncomingMessage> extends CallbacksOptions<CallbackContext<L>> {
  /**
   * Handles the messages: a function of the message and its context that returns the reply, or a router. Left out, the
   * `inbox` must be there, or, in Express, a route.
   *
   * @example handler: (message, context) => message.MsgType === 'text' ? text(`hello ${context.sender}`) : undefined
   */
  handler?: Handler<CallbackContext<L>> | undefined
  /**
   * The place of the callback: messages of one place are told apart from those of another that shares the store.
   * Default: the path at which Connect or Express has mounted it, else `''`. With a name of your own, the path it is
   * mounted at plays no part.
   *
   * @example scope: '/wecom/callback'
   */
  scope?: string | undefined
  /**
   * Bytes of a body; 413 beyond. Default 262 144 (256 KiB).
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
   * Where lines go: pino, console, or anything with `info`, `warn` and `error`. Or a function that returns the logger
   * of a request, as pino-http sets it; what belongs to no request then goes to the console. Default: warnings and
   * errors to the console.
   *
   * @example logger: console
   * @example logger: request => (request as typeof request & { log: Log }).log
   */
  logger?: L | ((request: R) => L) | undefined
}

/** One callback URL as Node.js servers have it. */
export interface Door<L extends Log = Log> {
  callbacks: Callbacks<L>
  logOf (request: Request): L
  bodyLimits: BodyLimits
  /** Its end, once that has begun. */
  closing?: Promise<void>
}

/** @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID */
export function openDoor<L extends Log, R> (name: string, options: DoorOptions<L, R>): Door<L> {
  if (typeof options !== 'object' || options === null) {
    throw optionInvalid(`${name} to be given options`, quote(options), 'Give { credentials, handler }.')
  }
  checkNames(name, options, [...CALLBACKS_OPTIONS, 'handler', 'scope', 'bodyLimit', 'bodyTimeout', 'logger'])
  const { handler, scope, bodyLimit, bodyTimeout, logger, ...rest } = options
  checkHandler(handler)
  const { log, logOf } = readLogger<L>(logger)
  if (scope !== undefined && typeof scope !== 'string') {
    throw optionInvalid(
      'scope to be a text',
      quote(scope),
      "Give the callback's path, as in scope: '/wecom', or leave it out."
    )
  }
  // Begun now; where it fails, the first body that comes in pieces says why.
  loadBodyReader().catch(() => {})
  const limits = checkBodyOptions({ bodyLimit, bodyTimeout })
  return {
    callbacks: createCallbacks<L>({ ...rest, scope, log }),
    logOf,
    bodyLimits: { limit: limits.bodyLimit ?? BODY_LIMIT, timeout: limits.bodyTimeout }
  }
}

/**
 * Refuses what comes, waits for running handlers as long as `closeGrace` allows, then closes the store and the inbox.
 * Calling it again waits for the same end.
 */
export async function closeDoor (door: Door): Promise<void> {
  await (door.closing ??= end(door.callbacks))
}

async function end (callbacks: Callbacks): Promise<void> {
  await callbacks.close()
  await callbacks.end()
}
