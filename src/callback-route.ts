import { STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { readBody } from './body.js'
import type { Attempt, AttemptStore, Run } from './delivery/attempts.js'
import { wecomError, WecomError } from './errors.js'
import { callHeldUp } from './held-up.js'
import type { Answer, Receiver, WecomCallback } from './receiver.js'
import { traced } from './tracing.js'

/** A message and its handling: `request.wecom`. */
export interface WecomContext extends WecomCallback {
  /** Which request of WeCom for this message this is; 1 for the first. */
  readonly attempt: number
  /** Aborts when the server closes. */
  readonly signal: AbortSignal
  /** The request's logger. */
  readonly log: FastifyBaseLogger
}

/** What the routes of one registration share. */
export interface Registration {
  receiver: Receiver
  /** Form (a): the route lies in a scope where no other parser is. */
  ownsRoute: boolean
  store: AttemptStore
  signal: AbortSignal
  bodyTimeout: number
  bodyLimit: number | undefined
  onError: ((error: WecomError, context: WecomContext | undefined) => unknown) | undefined
}

/** What a request has gathered on its way: the registration first, then the message, then its attempt. */
export interface CallbackState {
  registration: Registration
  context?: WecomContext
  /** There while the handler may answer. */
  run?: Run
  answer?: Answer
}

/** Where a request keeps its state. */
export const kCallback = Symbol('fastify-wecom.callback')
type Carrier = FastifyRequest & { [kCallback]?: CallbackState | null }

/** A type that no client sends: the route's preParsing sets it, so that the parsers of the app stay as they are. */
export const CALLBACK_TYPE = 'application/x-wecom-callback'

export function callbackOf (request: FastifyRequest): CallbackState | undefined {
  return (request as Carrier)[kCallback] ?? undefined
}

/** Turns a POST route into a callback route: its body is decrypted, its handler's answer encrypted. */
export function makeCallbackRoute (route: RouteOptions, registration: Registration): void {
  const { handler, preParsing } = route
  if (registration.bodyLimit !== undefined) route.bodyLimit = registration.bodyLimit
  route.preParsing = [
    (request, _reply, payload, done) => {
      if (request.method !== 'POST') { done(null, payload); return }
      (request as Carrier)[kCallback] = { registration }
      request.headers['content-type'] = CALLBACK_TYPE
      // Cached where a hook has looked at it before: then another parser would read the body.
      if (!registration.ownsRoute && request.mediaType !== CALLBACK_TYPE) done(bypassed())
      else done(null, payload)
    },
    ...toArray(preParsing)
  ]
  // A handler that does not take the reply cannot answer later.
  const answersLater = handler.length >= 2
  route.handler = async function (request, reply) {
    const state = callbackOf(request)
    if (state === undefined) return await handler.call(this, request, reply)
    return await handle(state, request, reply, () => callHeldUp(request, () => handler.call(this, request, reply), answersLater), answersLater)
  }
}

/** Errors and answers of this package leave the server as they are, whatever hooks and handlers the app has. */
export function sealRoute (route: RouteOptions & { compress?: false }, registration: Registration): void {
  const { errorHandler, onSend } = route
  // What @fastify/compress asks before it adds a hook of its own.
  route.compress = false
  // Runs after those of the app, which may have wrapped or compressed the answer.
  route.onSend = [...toArray(onSend), (request, reply, payload, done) => {
    const answer = callbackOf(request)?.answer
    if (answer === undefined) { done(null, payload); return }
    if (isStream(payload)) payload.destroy()
    reply.removeHeader('content-encoding').removeHeader('content-length').type(answer.contentType)
    done(null, Buffer.from(answer.body))
  }]
  route.errorHandler = function (error, request, reply) {
    if (error instanceof WecomError) return refuse(error, registration, request, reply)
    if (isParserError(error) && callbackOf(request)?.context === undefined) return refuse(bypassed(error), registration, request, reply)
    if (errorHandler !== undefined) return errorHandler.call(this, error, request, reply)
    throw error
  }
}

/** The parser behind CALLBACK_TYPE: the envelope in, `request.wecomMessage` out. */
export async function parseCallback (request: FastifyRequest, payload: Readable): Promise<unknown> {
  const state = callbackOf(request)
  if (state === undefined) {
    throw Object.assign(new Error(`Unsupported Media Type: ${CALLBACK_TYPE}`), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 })
  }
  const { receiver, bodyTimeout: timeout, signal } = state.registration
  const body = await readBody(payload, request.headers, {
    limit: request.routeOptions.bodyLimit,
    timeout,
    length: payload === request.raw ? request.headers['content-length'] : undefined
  })
  const callback = await receiver.receive({ query: request.query as Record<string, unknown>, params: request.params as Record<string, unknown>, body })
  state.context = Object.assign(callback, { attempt: 1, signal, log: request.log })
  return callback.message
}

/** Answers a GET or a POST with exactly these bytes. */
export function sendAnswer (request: FastifyRequest, reply: FastifyReply, answer: Answer): Buffer {
  const state = callbackOf(request)
  if (state !== undefined) state.answer = answer
  reply.code(200).type(answer.contentType)
  return Buffer.from(answer.body)
}

async function handle (state: CallbackState, request: FastifyRequest, reply: FastifyReply, callHandler: () => unknown, answersLater: boolean): Promise<unknown> {
  const { registration: { receiver, store }, context } = state
  if (context === undefined) throw bypassed()
  const attempt = await store.attach()
  Object.assign(context, { attempt: attempt.number })
  state.run = attempt.run
  if (attempt.starts) {
    traced('handle', { kind: context.kind, attempt: attempt.number }, async () => {
      start(state, context, attempt, reply, callHandler, answersLater)
      const outcome = await attempt.run.outcome
      if (outcome.state === 'failed') throw outcome.error
    }).catch(() => {})
  }
  const outcome = await attempt.run.outcome
  if (outcome.state === 'bypassed') return attempt.starts ? reply : sendAnswer(request, reply, receiver.seal(context, ''))
  if (outcome.state === 'done') return sendAnswer(request, reply, receiver.seal(context, outcome.reply))
  const { error } = outcome
  throw wecomError('WECOM_HANDLER_FAILED', {
    expected: `the handler to answer a message of kind ${context.kind}`,
    got: error instanceof WecomError ? `${error.code} (${error.message.replace(/\.$/, '')})` : `an exception (${error instanceof Error ? error.name : typeof error})`,
    fix: 'WeCom got 500 and will send the message again.',
    cause: error
  })
}

/**
 * Calls the handler once for a run. Its answer settles the run, whichever way it comes. A returned `reply` is a thenable
 * that ends with the response, so nothing may wait for it before the response is written.
 */
function start ({ registration: { receiver } }: CallbackState, context: WecomContext, { run }: Attempt, reply: FastifyReply, callHandler: () => unknown, answersLater: boolean): void {
  const { send } = reply
  run.outcome.then(() => { reply.send = send })
  const bypass = () => {
    if (run.settled) return
    context.log.warn({ kind: context.kind }, 'the handler answered by reply.send() or hijack(): WeCom gets that as it is, unencrypted, and a retry gets the empty answer; return a reply or use reply.encrypted()')
    run.settle({ state: 'bypassed' })
  }
  reply.send = function (payload) {
    if (run.settled) throw replyRepeated()
    bypass()
    return send.call(this, payload)
  }
  const fail = (error: unknown) => {
    if (run.settled) context.log.error({ err: error, kind: context.kind }, 'the handler failed after it had answered')
    else run.settle({ state: 'failed', error })
  }
  const settle = (value: unknown) => {
    if (run.settled || value === reply) return
    if (reply.sent) { bypass(); return }
    run.settle({ state: 'done', reply: receiver.compose(context, value as string, cut => { context.log.warn({ kind: context.kind }, cut) }) })
  }
  try {
    const result = callHandler()
    if (isThenable(result)) Promise.resolve(result).then(settle).catch(fail)
    else if (result !== undefined || !answersLater) settle(result)
  } catch (error) {
    fail(error)
  }
}

function refuse (error: WecomError, { onError }: Registration, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const state = callbackOf(request)
  const { code, errcode, statusCode, message, cause } = error
  const kind = state?.context?.kind
  const details = { code, errcode, ...(kind === undefined ? {} : { kind }), ...(statusCode >= 500 && cause !== undefined ? { err: cause } : {}) }
  request.log[statusCode >= 500 ? 'error' : 'warn'](details, `${request.method} refused with ${statusCode}: ${message}`)
  if (onError !== undefined) {
    Promise.resolve().then(async () => await onError(error, state?.context)).catch(failure => { request.log.error({ err: failure }, 'onError failed') })
  }
  const answer = { contentType: 'text/plain; charset=utf-8', body: STATUS_CODES[statusCode] ?? '' }
  if (state !== undefined) state.answer = answer
  return reply.code(statusCode).type(answer.contentType).send(answer.body)
}

/** Raised by Fastify before or instead of our parser. */
function isParserError (error: Error & { code?: string }): boolean {
  return error.code?.startsWith('FST_ERR_CTP_') === true
}

function bypassed (cause?: unknown): WecomError {
  return wecomError('WECOM_PARSER_BYPASSED', {
    expected: 'this plugin to read the body',
    got: 'a body that another parser reads, or none',
    fix: 'A hook of the app looks at request.mediaType before the body is read, or this scope removed all content type parsers: leave the callback route out of it, or give the plugin a handler.',
    cause
  })
}

/** `reply.encrypted()` twice, or `reply.send()` after it. */
export function replyRepeated (): WecomError {
  return wecomError('WECOM_REPLY_REPEATED', { expected: 'one answer to a message', got: 'a second one', fix: 'reply.encrypted() is the whole answer; WeCom takes one, send further messages by the message API.' })
}

function toArray<T> (value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function isThenable (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function isStream (payload: unknown): payload is { destroy: () => void } {
  return typeof payload === 'object' && payload !== null && typeof (payload as { destroy?: unknown }).destroy === 'function'
}
