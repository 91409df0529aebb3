import { STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { readBody } from './body.js'
import { handleCallback } from './callback-handling.js'
import { count } from './counters.js'
import type { Deliverer } from './delivery/deliver.js'
import type { Inbox } from './delivery/inbox.js'
import { parserBypassed, schemaMismatch } from './callback-errors.js'
import { WecomError } from './errors.js'
import type { Answer, Receiver, WecomCallback } from './receiver.js'

/** A message and its handling: `request.wecom`. */
export interface WecomContext extends WecomCallback {
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /** Aborts when the server closes and its grace is over, or when no retry of WeCom can collect the reply any more. */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: FastifyBaseLogger
}

/** The hooks of one registration. */
export interface Hooks {
  onError: ((error: WecomError, context: WecomContext | undefined) => unknown) | undefined
  onLateReply: ((reply: unknown, context: WecomContext) => unknown) | undefined
  onLateError: ((error: unknown, context: WecomContext) => unknown) | undefined
}

/** What the routes of one registration share. */
export interface Registration extends Hooks {
  receiver: Receiver
  /** the plugin's own route: the route lies in a scope where no other parser is. */
  ownsRoute: boolean
  deliverer: Deliverer
  inbox: Inbox | undefined
  /** Path with its prefix: messages of one URL are told apart from those of another. */
  scope: string
  timestampTolerance: number
  deadline: number
  bodyTimeout: number
  bodyLimit: number | undefined
}

/** What a request has gathered on its way: the registration first, then the message, then its run. */
export interface CallbackState {
  registration: Registration
  /** Milliseconds since 1970. */
  arrivedAt: number
  context?: WecomContext
  key?: string | undefined
  /** Answers the message; there while a handler runs. */
  answer?: (value: unknown) => void
  /** What the response must hold. */
  sealed?: Answer
}

/** Where a request keeps its state. */
export const kCallback = Symbol('fastify-wecom.callback')
type Carrier = FastifyRequest & { [kCallback]?: CallbackState | null }

/** A type that no client sends: the route's preParsing sets it, so that the parsers of the app stay as they are. */
export const CALLBACK_TYPE = 'application/x-wecom-callback'

export function callbackOf (request: FastifyRequest): CallbackState | undefined {
  return (request as Carrier)[kCallback] ?? undefined
}

/** The beginning of a request's state. */
export function beginCallback (request: FastifyRequest, registration: Registration): void {
  (request as Carrier)[kCallback] = { registration, arrivedAt: Date.now() }
}

/** Turns a POST route into a callback route: its body is decrypted, its handler's answer encrypted. */
export function makeCallbackRoute (route: RouteOptions, registration: Registration): void {
  const { handler, preParsing } = route
  if (registration.bodyLimit !== undefined) route.bodyLimit = registration.bodyLimit
  route.preParsing = [
    (request, _reply, payload, done) => {
      if (request.method !== 'POST') { done(null, payload); return }
      beginCallback(request, registration)
      request.headers['content-type'] = CALLBACK_TYPE
      // Cached where a hook has looked at it before: then another parser would read the body.
      if (!registration.ownsRoute && request.mediaType !== CALLBACK_TYPE) done(parserBypassed())
      else done(null, payload)
    },
    ...toArray(preParsing)
  ]
  // A handler that does not take the reply cannot answer later.
  const answersLater = handler.length >= 2
  route.handler = async function (request, reply) {
    const state = callbackOf(request)
    if (state === undefined) return await handler.call(this, request, reply)
    const answer = await handleCallback(state, reply, () => handler.call(this, request, reply), answersLater)
    return answer === undefined ? reply : sendAnswer(request, reply, answer)
  }
}

/** Errors and answers of this package leave the server as they are, whatever hooks and handlers the app has. */
export function sealRoute (route: RouteOptions & { compress?: false }, registration: Registration): void {
  const { errorHandler, onSend } = route
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
    if (error instanceof WecomError) return refuse(error, registration, request, reply)
    if (isParserError(error) && callbackOf(request)?.context === undefined) return refuse(parserBypassed(error), registration, request, reply)
    if (errorHandler !== undefined) return errorHandler.call(this, error, request, reply)
    if (error.validation !== undefined && callbackOf(request)?.context !== undefined) return refuse(schemaMismatch(), registration, request, reply)
    throw error
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
  const callback = await receiver.receive({ query: request.query as Record<string, unknown>, params: request.params as Record<string, unknown>, body })
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
  if (state?.key === undefined) count('refused')
  const details = { code, errcode, ...logged(state), ...(statusCode >= 500 && cause !== undefined ? { err: cause } : {}) }
  request.log[statusCode >= 500 ? 'error' : 'warn'](details, `${request.method} refused with ${statusCode}: ${message}`)
  callHook(request.log, 'onError', () => onError?.(error, state?.context))
  const answer = { contentType: 'text/plain; charset=utf-8', body: STATUS_CODES[statusCode] ?? '' }
  if (state !== undefined) state.sealed = answer
  return reply.code(statusCode).type(answer.contentType).send(answer.body)
}

/** What a log line may say of a message: nothing of its text. */
export function logged (state: CallbackState | undefined): { kind?: string, key?: string, attempt?: number } {
  const { context, key } = state ?? {}
  return context === undefined ? {} : { kind: context.kind, ...(key === undefined ? {} : { key: key.slice(0, 8) }), attempt: context.attempt }
}

/** Calls a hook of the user, which must not harm the answer. */
export function callHook (log: FastifyBaseLogger, name: keyof Hooks, call: () => unknown): void {
  Promise.resolve().then(call).catch((error: unknown) => { log.error({ err: error }, `${name} failed`) })
}

/** Raised by Fastify before or instead of our parser. */
function isParserError (error: Error & { code?: string }): boolean {
  return error.code?.startsWith('FST_ERR_CTP_') === true
}

function toArray<T> (value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function isStream (payload: unknown): payload is { destroy: () => void } {
  return typeof payload === 'object' && payload !== null && typeof (payload as { destroy?: unknown }).destroy === 'function'
}
