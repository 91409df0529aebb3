import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { WecomError } from '../errors.js'
import { readBody } from '../node/request.js'
import { stripErrorDetails, isError, isWecomError, toError } from '../support/strip-error-details.js'
import { parserBypassed, schemaMismatch } from './errors.js'
import { FastifyArrival } from './handler.js'
import { kCallback, type Carrier, type Registration, type RequestState, type WecomContext } from './request-state.js'

/** A type that no client sends: the route's preParsing sets it, so that the parsers of the app stay as they are. */
export const CALLBACK_TYPE = 'application/x-wecom-callback'

/** Turns a POST route into a callback route: its body is decrypted, its handler's answer encrypted. */
export function makeCallbackRoute (route: RouteOptions, registration: Registration): void {
  const { handler, preParsing } = route
  route.bodyLimit = registration.bodyLimit ?? route.bodyLimit ?? registration.defaultBodyLimit
  let bodyLimit: number | undefined
  route.preParsing = [
    (request, reply, payload, done) => {
      const state = beginCallback(request, reply, registration)
      // Known once other hooks have had their say on the route, and the same from then on.
      state.bodyLimit = bodyLimit ??= request.routeOptions.bodyLimit
      request.headers['content-type'] = CALLBACK_TYPE
      // Cached where a hook has looked at it before: then another parser would read the body. Fastify before 5.8.5 has
      // none and reads the header.
      if (!registration.ownsRoute && 'mediaType' in request && request.mediaType !== CALLBACK_TYPE) {
        done(parserBypassed())
      } else {
        done(null, payload)
      }
    },
    ...toArray(preParsing)
  ]
  route.handler = function (request: Carrier, reply) {
    const state = request[kCallback]
    if (state?.context === undefined) throw parserBypassed()
    return new FastifyArrival(state, state.context, request, reply, handler, this).handle()
  }
}

/** The beginning of a request's state. */
export function beginCallback (request: Carrier, reply: FastifyReply, registration: Registration): RequestState {
  const state: RequestState = {
    registration,
    // The hooks of the app may have taken their time.
    arrivedAt: performance.now() - reply.elapsedTime,
    bodyLimit: 0,
    context: undefined,
    guard: undefined,
    answer: undefined
  }
  request[kCallback] = state
  return state
}

/** Errors and answers of this package leave the server as they are, whatever hooks and handlers the app has. */
export function protectRoute (route: RouteOptions & { compress?: false }, registration: Registration): void {
  const { errorHandler, onResponse, onSend } = route
  // Fastify takes the time of arrival, which the deadline counts from, only where somebody logs or a hook is there.
  route.onResponse = [...toArray(onResponse), (_request, _reply, done) => { done() }]
  // What @fastify/compress asks before it adds a hook of its own.
  route.compress = false
  // Runs after those of the app, which may have wrapped or compressed the answer.
  route.onSend = [...toArray(onSend), (request: Carrier, reply, payload, done) => {
    const answer = request[kCallback]?.answer
    if (answer === undefined) { done(null, payload); return }
    if (isStream(payload)) payload.destroy()
    if (reply.hasHeader('content-encoding')) reply.removeHeader('content-encoding')
    if (reply.hasHeader('content-length')) reply.removeHeader('content-length')
    reply.type(answer.contentType)
    // A text goes out with the headers in one write.
    done(null, answer.body)
  }]
  route.errorHandler = function (error, request: Carrier, reply) {
    if (isWecomError(error)) return refuse(error, registration, request, reply)
    if (isParserError(error) && request[kCallback]?.context === undefined) {
      return refuse(parserBypassed(error), registration, request, reply)
    }
    if (errorHandler !== undefined) return errorHandler.call(this, error, request, reply)
    if (isError(error) && error.validation !== undefined && request[kCallback]?.context !== undefined) {
      return refuse(schemaMismatch(), registration, request, reply)
    }
    // What is no error would be sent with status 200, and the message be lost.
    throw toError(error)
  }
}

/**
 * The parser behind CALLBACK_TYPE: the envelope in, the message out. It throws nothing: Fastify before 5.12.8 catches
 * nothing here.
 */
export function parseCallback (
  request: Carrier, payload: Readable, done: (error: Error | null, message?: unknown) => void
): void {
  const state = request[kCallback]
  if (state === undefined || state === null) {
    done(Object.assign(new Error(`Unsupported Media Type: ${CALLBACK_TYPE}`), {
      code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE',
      statusCode: 415
    }))
    return
  }
  const { bodyLimit: limit, registration: { bodyTimeout: timeout } } = state
  const { raw, headers } = request
  const length = payload === raw ? headers['content-length'] : undefined
  readBody(payload, headers, length, { limit, timeout }, (error, body) => {
    if (body === undefined) done(error as Error)
    else receive(state, request, body, done)
  })
}

function receive (
  state: RequestState,
  request: FastifyRequest,
  body: string | Uint8Array,
  done: (error: Error | null, message?: unknown) => void
): void {
  const received = (context: WecomContext): void => {
    state.context = context
    done(null, context.message)
  }
  const query = request.query as Record<string, unknown>
  const params = request.params as Record<string, string>
  let context
  try {
    context = state.registration.callbacks.receive({ query, params, body }, request.log)
  } catch (error) {
    done(error as Error)
    return
  }
  if ('then' in context) context.then(received, done)
  else received(context)
}

function refuse (
  error: WecomError,
  { callbacks }: Registration,
  request: Carrier,
  reply: FastifyReply
): FastifyReply {
  const state = request[kCallback]
  const answer = callbacks.refuse(error, {
    log: request.log,
    method: request.method,
    arrivedAt: state?.arrivedAt,
    context: state?.context
  })
  if (state !== undefined && state !== null) {
    state.answer = answer
    // Fastify has sent the error by the same method before.
    if (state.guard !== undefined) state.guard.sendsOwn = true
  }
  const { raw } = request
  // What is left of a body would be taken for the next request: older versions of Fastify keep the connection.
  if (!raw.complete && raw.httpVersionMajor === 1) reply.header('connection', 'close')
  return reply.code(answer.statusCode).type(answer.contentType).send(answer.body)
}

/** Raised by Fastify before or instead of our parser. */
function isParserError (error: unknown): boolean {
  return isError(error) && stripErrorDetails(error).code?.startsWith('FST_ERR_CTP_') === true
}

function toArray<T> (value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function isStream (payload: unknown): payload is { destroy: () => void } {
  return (
    typeof payload === 'object' && payload !== null && typeof (payload as { destroy?: unknown }).destroy === 'function'
  )
}
