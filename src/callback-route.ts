import { STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { readBody } from './body.js'
import { bareError, isError, isWecomError, loggableError, toError } from './bare-error.js'
import { beginCallback, callbackOf, callHook, elapsed, logged, type Registration } from './callback-context.js'
import { handleCallback } from './callback-handling.js'
import { count } from './counters.js'
import { parserBypassed, schemaMismatch } from './callback-errors.js'
import type { WecomError } from './errors.js'
import { callHeldUp } from './held-up.js'
import type { Answer } from './receiver.js'

/** A type that no client sends: the route's preParsing sets it, so that the parsers of the app stay as they are. */
export const CALLBACK_TYPE = 'application/x-wecom-callback'

/** Turns a POST route into a callback route: its body is decrypted, its handler's answer encrypted. */
export function makeCallbackRoute (route: RouteOptions, registration: Registration): void {
  const { handler, preParsing } = route
  route.bodyLimit = registration.bodyLimit ?? route.bodyLimit ?? registration.defaultBodyLimit
  route.preParsing = [
    (request, reply, payload, done) => {
      beginCallback(request, reply, registration)
      request.headers['content-type'] = CALLBACK_TYPE
      // Cached where a hook has looked at it before: then another parser would read the body. Fastify before 5.8.5 has none and reads the header.
      if (!registration.ownsRoute && 'mediaType' in request && request.mediaType !== CALLBACK_TYPE) done(parserBypassed())
      else done(null, payload)
    },
    ...toArray(preParsing)
  ]
  // A handler that does not take the reply cannot answer later.
  const answersLater = handler.length >= 2
  route.handler = async function (request, reply) {
    const state = callbackOf(request)
    if (state === undefined) throw parserBypassed()
    const answer = await handleCallback(state, reply, () => callHeldUp(request, () => handler.call(this, request, reply), answersLater), answersLater)
    return answer === undefined ? reply : sendAnswer(request, reply, answer)
  }
}

/** Errors and answers of this package leave the server as they are, whatever hooks and handlers the app has. */
export function sealRoute (route: RouteOptions & { compress?: false }, registration: Registration): void {
  const { errorHandler, onResponse, onSend } = route
  // Fastify takes the time of arrival, which the deadline counts from, only where somebody logs or a hook is there.
  route.onResponse = [...toArray(onResponse), (_request, _reply, done) => { done() }]
  // What @fastify/compress asks before it adds a hook of its own.
  route.compress = false
  // Runs after those of the app, which may have wrapped or compressed the answer.
  route.onSend = [...toArray(onSend), (request, reply, payload, done) => {
    const answer = callbackOf(request)?.sealed
    if (answer === undefined) { done(null, payload); return }
    if (isStream(payload)) payload.destroy()
    reply.removeHeader('content-encoding').removeHeader('content-length').type(answer.contentType)
    done(null, Buffer.from(answer.body))
  }]
  route.errorHandler = function (error, request, reply) {
    if (isWecomError(error)) return refuse(error, registration, request, reply)
    if (isParserError(error) && callbackOf(request)?.context === undefined) return refuse(parserBypassed(error), registration, request, reply)
    if (errorHandler !== undefined) return errorHandler.call(this, error, request, reply)
    if (isError(error) && error.validation !== undefined && callbackOf(request)?.context !== undefined) return refuse(schemaMismatch(), registration, request, reply)
    // What is no error would be sent with status 200, and the message be lost.
    throw toError(error)
  }
}

/** The parser behind CALLBACK_TYPE: the envelope in, `request.wecomMessage` out. */
export async function parseCallback (request: FastifyRequest, payload: Readable): Promise<unknown> {
  const state = callbackOf(request)
  if (state === undefined) {
    throw Object.assign(new Error(`Unsupported Media Type: ${CALLBACK_TYPE}`), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 })
  }
  const { receiver, bodyTimeout: timeout } = state.registration
  const body = await readBody(payload, request.headers, {
    limit: request.routeOptions.bodyLimit,
    timeout,
    length: payload === request.raw ? request.headers['content-length'] : undefined
  })
  const callback = await receiver.receive({ query: request.query as Record<string, unknown>, params: request.params as Record<string, string>, body }, (text, code) => { request.log.warn({ code, ...logged(state) }, text) })
  // The handler's own signal comes with its run.
  state.context = Object.assign(callback, { attempt: 1, signal: new AbortController().signal, log: request.log })
  return callback.message
}

/** Answers a GET or a POST with exactly these bytes. */
export function sendAnswer (request: FastifyRequest, reply: FastifyReply, answer: Answer): Buffer {
  const state = callbackOf(request)
  if (state !== undefined) state.sealed = answer
  reply.code(200).type(answer.contentType)
  return Buffer.from(answer.body)
}

function refuse (error: WecomError, { onError }: Registration, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const state = callbackOf(request)
  const { code, errcode, statusCode, message, cause } = error
  const outcome = code === 'WECOM_HANDLER_FAILED' ? 'failed' : code === 'WECOM_SHUTTING_DOWN' ? 'closing' : 'refused'
  count(outcome === 'failed' ? 'failed' : 'refused')
  if (code === 'WECOM_STORE_UNAVAILABLE' || code === 'WECOM_INBOX_UNAVAILABLE') count('storeErrors')
  const details = { code, errcode, ...logged(state), outcome, ...(state === undefined ? {} : { ms: elapsed(state) }), ...(statusCode >= 500 && cause !== undefined ? { err: code === 'WECOM_HANDLER_FAILED' ? loggableError(cause) : bareError(cause) } : {}) }
  request.log[statusCode >= 500 ? 'error' : 'warn'](details, `${request.method} refused with ${statusCode}: ${message}`)
  callHook(request.log, 'onError', () => onError?.(error, state?.context))
  const answer = { contentType: 'text/plain; charset=utf-8', body: STATUS_CODES[statusCode] ?? '' }
  if (state !== undefined) state.sealed = answer
  return reply.code(statusCode).type(answer.contentType).send(answer.body)
}

/** Raised by Fastify before or instead of our parser. */
function isParserError (error: unknown): boolean {
  return isError(error) && bareError(error).code?.startsWith('FST_ERR_CTP_') === true
}

function toArray<T> (value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function isStream (payload: unknown): payload is { destroy: () => void } {
  return typeof payload === 'object' && payload !== null && typeof (payload as { destroy?: unknown }).destroy === 'function'
}
