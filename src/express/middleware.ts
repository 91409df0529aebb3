import type { IncomingMessage } from 'node:http'
import { acknowledgeOnly } from '../core/enqueue.js'
import type { CallbackContext } from '../delivery/context.js'
import type { WecomMessage } from '../message/types.js'
import { closeDoor, openDoor, type DoorOptions } from '../node/door.js'
import { exchange, handlerStarter, type Starter } from '../node/exchange.js'
import type { Reply } from '../reply/types.js'
import { hasFields } from '../support/own-fields.js'
import type { Log } from '../telemetry/log.js'
import { guardResponse, type ExpressResponse } from './response-guard.js'

declare global {
  namespace Express {
    interface Request {
      /** The decrypted message, behind `wecomCallback()` without a handler; elsewhere undefined. */
      readonly wecomMessage: WecomMessage
      /** The message and what came with it, behind `wecomCallback()` without a handler; elsewhere undefined. */
      readonly wecom: CallbackContext
    }
    interface Response {
      /**
       * Answers a callback with a passive reply, encrypted; without one, with the empty answer of the scene. Behind
       * `wecomCallback()` without a handler.
       *
       * @throws WecomError WECOM_REPLY_INVALID, WECOM_REPLY_REPEATED
       */
      encrypted (reply?: Reply): this
    }
  }
}

/** What is used of Express' request; typed here, so that @types/express is not needed. */
export type ExpressRequest = IncomingMessage & {
  params?: Readonly<Record<string, string | string[]>>
  baseUrl?: string
  body?: unknown
  rawBody?: unknown
}

export type ExpressNext = (error?: unknown) => void

/** What `wecomCallback` takes. Durations are in milliseconds. */
export interface WecomCallbackOptions<L extends Log = Log> extends DoorOptions<L, ExpressRequest> {}

/** A middleware of Express 4 or 5. */
export interface WecomMiddleware {
  (request: ExpressRequest, response: ExpressResponse, next: ExpressNext): void
  /**
   * Before the server closes: new requests get 503, running handlers have `closeGrace` to end, what waits is answered,
   * then the store and the inbox are closed. Calling it again waits for the same end.
   */
  close (): Promise<void>
}

/**
 * Receives WeCom's callbacks in an Express app. With a `handler`, or an inbox, it owns GET and POST of its path.
 * Without, it verifies the URL, sets `request.wecomMessage`, `request.wecom` and `response.encrypted()`, and calls
 * `next()` for each message, once: a route that throws, or answers with a status of 400 or more, has failed, and
 * WeCom's retry runs it again. Mount it before body parsers.
 *
 * @example
 * ```ts
 * const callback = wecomCallback({ credentials, handler: message => text('你好') })
 * express().use('/wecom/:corpId', callback)
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function wecomCallback<L extends Log = Log> (options: WecomCallbackOptions<L>): WecomMiddleware {
  const door = openDoor('wecomCallback', options)
  const handler = options.handler ?? (options.inbox === undefined ? undefined : acknowledgeOnly)
  const owned = handler === undefined ? undefined : handlerStarter(handler)
  return Object.assign((request: ExpressRequest, response: ExpressResponse, next: ExpressNext) => {
    const starter = owned ?? routeStarter<L>(request, response, next)
    exchange(door, { request, response, params: paramsOf(request), mount: request.baseUrl ?? '' }, starter)
  }, {
    close: async () => { await closeDoor(door) }
  })
}

/** The routes behind the middleware are the handler. */
function routeStarter<L extends Log> (
  request: ExpressRequest,
  response: ExpressResponse,
  next: ExpressNext
): Starter<L> {
  return guardResponse<L>(response, (context, answer) => {
    Object.assign(request, { wecomMessage: context.message, wecom: context })
    Object.assign(response, { encrypted (reply?: Reply) { answer(reply); return response } })
    next()
  })
}

/** Express 5 gives a wildcard as a list. */
function paramsOf ({ params }: ExpressRequest): Record<string, string> | undefined {
  if (params === undefined || !hasFields(params)) return undefined
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, [value].flat().join('/')]))
}
