import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Arrival, HandlerRun } from '../core/arrival.js'
import { FAILURE_STATUS, replyRepeated, sentFailure } from '../core/errors.js'
import { wecomError } from '../errors.js'
import { HttpConnection } from '../node/request.js'
import type { Answer } from '../receiver/types.js'
import type { Reply } from '../reply/types.js'
import type { StreamOptions } from '../streams/source/stream-options.js'
import { stream } from '../streams/source/stream.js'
import type { StreamSource } from '../streams/source/types.js'
import { routeInvalid } from './errors.js'
import { answersLater, callHeldUp, kHoldUp, type HeldUp } from './held-up.js'
import { guardedHijack, guardedSend, writtenByHand } from './reply-guard.js'
import { kCallback, type Carrier, type ReplyGuard, type RequestState, type WecomContext } from './request-state.js'

/** One request with its handler: whichever way the answer comes, it goes to the run. */
export class FastifyArrival extends HttpConnection implements Arrival<WecomContext>, ReplyGuard {
  readonly context: WecomContext
  readonly arrivedAt: number
  readonly response: FastifyReply['raw']
  readonly ownSend: FastifyReply['send']
  readonly ownHijack: FastifyReply['hijack']
  ended = false
  sendsOwn = false
  byHand = false
  /** The run has taken what the handler returned, and need not be asked. */
  #answered = false
  #run: HandlerRun | undefined
  readonly #state: RequestState
  readonly #request: FastifyRequest & HeldUp
  readonly #reply: FastifyReply
  readonly #handler: RouteHandlerMethod
  readonly #app: FastifyInstance

  constructor (
    state: RequestState,
    context: WecomContext,
    request: FastifyRequest,
    reply: FastifyReply,
    handler: RouteHandlerMethod,
    app: FastifyInstance
  ) {
    super()
    this.context = context
    this.arrivedAt = state.arrivedAt
    this.response = reply.raw
    this.ownSend = reply.send
    this.ownHijack = reply.hijack
    this.#state = state
    this.#request = request
    this.#reply = reply
    this.#handler = handler
    this.#app = app
  }

  /** What Fastify's handler of this request returns. */
  handle (): FastifyReply | string | Promise<FastifyReply | string> {
    let answer
    try {
      answer = this.#state.registration.callbacks.handle(this)
    } catch (error) {
      return this.#failed(error)
    }
    if (answer === undefined || !('then' in answer)) return this.#answer(answer)
    return answer.then(ready => this.#answer(ready), (error: unknown) => this.#failed(error))
  }

  /** There from when this is the guard of its reply. */
  get run (): HandlerRun {
    return this.#run as HandlerRun
  }

  startHandler (run: HandlerRun): void {
    this.#run = run
    this.#state.guard = this
    this.#reply.send = guardedSend
    this.#reply.hijack = guardedHijack
    try {
      const [request, reply, handler, app] = [this.#request, this.#reply, this.#handler, this.#app]
      const holdUp = request[kHoldUp]
      const value: unknown = holdUp === undefined
        ? handler.call(app, request, reply)
        : callHeldUp(request, reply, handler, app, holdUp)
      if (value === undefined && answersLater(handler)) return
      // A returned `reply` is a thenable that ends with the response: there is nothing to wait for.
      if (value === reply && run.settled) return
      // `isPromise`, written out as every message comes by.
      if (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function') {
        Promise.resolve(value).then(value => { this.#returned(run, value) }, (error: unknown) => { run.fail(error) })
      } else this.#returned(run, value)
    } catch (error) {
      run.fail(error)
    }
  }

  /** What the handler has returned, or its promise has come to. Nothing waits for it. */
  #returned (run: HandlerRun, value: unknown): void {
    const reply = this.#reply
    try {
      if (run.settled) {
        if (value !== undefined && value !== reply) run.fail(replyRepeated('reply.encrypted()'))
        return
      }
      if (reply.raw.writableEnded && this.#state.answer === undefined) writtenByHand(reply, this.context, run)
      else if (reply.statusCode >= FAILURE_STATUS && !reply.raw.headersSent) run.fail(sentFailure(reply))
      else {
        run.answer(value)
        this.#answered = true
      }
    } catch (error) {
      run.fail(error)
    }
  }

  protected written (): void {
    if (this.#run !== undefined) writtenByHand(this.#reply, this.context, this.#run)
  }

  #answer (answer: Answer | undefined): FastifyReply | string {
    // First: should `reply` throw here, the error is sent by the same method that the handler had.
    this.#ends(answer !== undefined)
    return answer === undefined ? this.#reply : sendAnswer(this.#state, this.#reply, answer)
  }

  #failed (error: unknown): never {
    this.#ends(true)
    throw error
  }

  /** This request is answered by the plugin (`true`) or has nobody left to answer; its handler may run on. */
  #ends (answered: boolean): void {
    const run = this.#run
    this.ended = true
    this.sendsOwn = answered
    // Else older versions of Fastify send `undefined` in the name of the handler once the connection is gone.
    if (!answered && !this.byHand) this.ownHijack.call(this.#reply)
    if (run === undefined) return
    const settled = this.#answered || run.settled
    this.#reply.send = settled ? this.ownSend : guardedSend
    this.#reply.hijack = settled ? this.ownHijack : guardedHijack
  }
}

/** Answers a GET or a POST with exactly this text. */
export function sendAnswer (state: RequestState, reply: FastifyReply, answer: Answer): string {
  state.answer = answer
  // In the place of an app's own serializer.
  reply.code(200).type(answer.contentType).serializer(asItIs)
  return answer.body
}

function asItIs (body: string): string {
  return body
}

// What request and reply have for handlers.

/** Once an app; a second registration finds them there. */
export function decorate (app: FastifyInstance): void {
  if (app.hasRequestDecorator(kCallback as unknown as string)) return
  if (
    app.hasRequestDecorator('wecomMessage') ||
    app.hasRequestDecorator('wecom') ||
    app.hasReplyDecorator('encrypted') ||
    app.hasReplyDecorator('stream')
  ) {
    throw routeInvalid(
      'request.wecomMessage, request.wecom, reply.encrypted() and reply.stream() to be free',
      'decorators of these names',
      'Another plugin, or a second copy of fastify-wecom, has them: see npm ls fastify-wecom, and keep one.'
    )
  }
  app.decorateRequest(kCallback as unknown as string, null)
  app.decorateRequest('wecomMessage', {
    getter (this: FastifyRequest) {
      return contextOf(this, 'request.wecomMessage').message
    }
  })
  app.decorateRequest('wecom', {
    getter (this: FastifyRequest) {
      return contextOf(this, 'request.wecom')
    }
  })
  app.decorateReply('encrypted', function (this: FastifyReply, reply?: Reply) {
    contextOf(this.request, 'reply.encrypted()')
    const run = (this.request as Carrier)[kCallback]?.guard?.run
    if (run === undefined) {
      throw notACallback(
        'reply.encrypted()',
        'a hook before the handler',
        'Answer in the handler; a hook may refuse the request by reply.code(…).send().'
      )
    }
    if (run.settled) throw replyRepeated('reply.encrypted()')
    run.answer(reply)
    return this
  })
  app.decorateReply('stream', function (this: FastifyReply, source: StreamSource, options?: StreamOptions) {
    return this.encrypted(stream(source, options))
  })
}

function contextOf (request: Carrier, what: string): WecomContext {
  const state = request[kCallback]
  if (state?.context !== undefined) return state.context
  if (state !== undefined && state !== null) {
    throw notACallback(
      what,
      'a hook that runs before the body is decrypted',
      'Use it in preValidation, preHandler or the handler.'
    )
  }
  throw notACallback(what, `${request.method} ${request.routeOptions.url ?? 'of no route'}`)
}

function notACallback (
  what: string,
  where: string,
  fix = 'Use it in the handler given to the plugin, or in the POST route at its path; register the plugin before ' +
    'that route.'
): Error {
  return wecomError('WECOM_NOT_A_CALLBACK', {
    expected: `${what} to be used in the handler of a callback`,
    got: where,
    fix
  })
}
