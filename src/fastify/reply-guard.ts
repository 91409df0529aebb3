import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Arrival, HandlerRun } from '../core/arrival.js'
import { logFields } from '../core/log-lines.js'
import { replyRepeated } from '../core/errors.js'
import { hasHungUp, isFailure, onHangUp, sentFailure } from '../node/response.js'
import { isReplyValue } from '../reply/compose.js'
import { isPromise } from '../support/is-promise.js'
import { writeLine } from '../support/log.js'
import { answersLater, callHeldUp, kHoldUp, type HeldUp } from './held-up.js'
import { kCallback, type Carrier, type RequestState, type SendGuard, type WecomContext } from './request-state.js'

/**
 * One request with its handler. Stands between the handler and its `reply`: whichever way the answer comes, it goes to
 * the run.
 */
export class ReplyGuard implements Arrival<WecomContext> {
  readonly context: WecomContext
  readonly arrivedAt: number
  readonly #state: RequestState
  readonly #reply: FastifyReply
  readonly #send: FastifyReply['send']
  readonly #hijack: FastifyReply['hijack']
  readonly #request: FastifyRequest & HeldUp
  readonly #handler: RouteHandlerMethod
  readonly #app: FastifyInstance
  #ended = false
  /** The plugin is about to send its own answer by `reply.send`. */
  #sendsOwn = false
  /** The handler writes the response itself. */
  #byHand = false

  constructor (
    state: RequestState,
    context: WecomContext,
    request: FastifyRequest,
    reply: FastifyReply,
    handler: RouteHandlerMethod,
    app: FastifyInstance
  ) {
    this.context = context
    this.arrivedAt = state.arrivedAt
    this.#state = state
    this.#reply = reply
    this.#send = reply.send
    this.#hijack = reply.hijack
    this.#request = request
    this.#handler = handler
    this.#app = app
  }

  isGone (): boolean {
    return hasHungUp(this.#reply.raw)
  }

  onHangUp (listener: () => void): () => void {
    return onHangUp(this.#reply.raw, listener, () => {
      const { run } = this.#state
      if (run !== undefined) this.#written(run)
    })
  }

  startHandler (run: HandlerRun): void {
    const state = this.#state
    state.run = run
    state.guard = this
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
      if (!isPromise(value)) this.#returned(run, value)
      else {
        Promise.resolve(value).then(value => { this.#returned(run, value) }, (error: unknown) => { run.fail(error) })
      }
    } catch (error) {
      run.fail(error)
    }
  }

  /** This request is answered by the plugin (`true`) or has nobody left to answer; its handler may run on. */
  requestEnds (answered: boolean): void {
    const { run } = this.#state
    this.#ended = true
    this.#sendsOwn = answered
    if (run === undefined) return
    const { settled } = run
    this.#reply.send = settled ? this.#send : guardedSend
    this.#reply.hijack = settled ? this.#hijack : guardedHijack
  }

  /** What the handler has returned, or its promise has come to. Nothing waits for it. */
  #returned (run: HandlerRun, value: unknown): void {
    const reply = this.#reply
    try {
      if (run.settled) {
        if (value !== undefined && value !== reply) throw replyRepeated('reply.encrypted()')
        return
      }
      if (reply.sent && this.#state.sealed === undefined) this.#written(run)
      else if (isFailure(reply) && !reply.raw.headersSent) run.fail(sentFailure(reply))
      else run.answer(value)
    } catch (error) {
      run.fail(error)
    }
  }

  /** What the handler calls as `reply.send`. */
  send (payload: unknown): FastifyReply {
    if (this.#ended) return this.#sendLate(payload)
    const [reply, run] = [this.#reply, this.#state.run as HandlerRun]
    // What Fastify, or the app's error handler, sends instead of what could not be sent.
    if (this.#byHand) return this.#send.call(reply, payload)
    if (payload instanceof Error) {
      run.fail(payload)
      return reply
    }
    if (run.settled) throw replyRepeated('reply.encrypted()')
    if (meansEncrypted(reply, payload)) {
      run.answer(payload)
      return reply
    }
    this.#writes()
    return this.#send.call(reply, payload)
  }

  sendsNext (): void {
    this.#sendsOwn = true
  }

  /** What the handler calls as `reply.hijack`. */
  hijack (): FastifyReply {
    if (this.#ended) return this.#takeLate(undefined)
    this.#writes()
    return this.#hijack.call(this.#reply)
  }

  /** Whether it is a failure shows when it is written: a serializer, a hook or a stream may still fail. */
  #writes (): void {
    const run = this.#state.run as HandlerRun
    this.#byHand = true
    run.bypass()
    for (const end of ['finish', 'close']) this.#reply.raw.once(end, () => { this.#written(run) })
  }

  /**
   * WeCom had its answer, or had hung up: what the handler sends has nobody to go to. Fastify sends this request's
   * answer by the same method.
   */
  #sendLate (payload: unknown): FastifyReply {
    if (!this.#sendsOwn) return this.#takeLate(payload)
    this.#sendsOwn = false
    return this.#send.call(this.#reply, payload)
  }

  #takeLate (payload: unknown): FastifyReply {
    const [reply, run] = [this.#reply, this.#state.run as HandlerRun]
    if (!run.settled && meansEncrypted(reply, payload)) {
      run.answer(payload)
      return reply
    }
    writeLine(
      this.context.log,
      'warn',
      logFields(this.context),
      'the handler called reply.send() or hijack() after WeCom had its answer or had hung up: nobody receives it; ' +
        'return a reply or use reply.encrypted()'
    )
    if (payload instanceof Error) run.fail(payload)
    else if (isFailure(reply)) run.fail(sentFailure(reply))
    else if (!run.settled) run.answer(undefined)
    return reply
  }

  #written (run: HandlerRun): void {
    if (isFailure(this.#reply)) {
      run.written(sentFailure(this.#reply))
      return
    }
    if (run.written()) {
      writeLine(
        this.context.log,
        'warn',
        logFields(this.context),
        'the handler answered with reply.send() or hijack(): WeCom gets it unencrypted, and a retry gets ' +
          'the empty answer; return a reply or use reply.encrypted()'
      )
    }
  }
}

/*
 * One function for all replies: V8 gives each object to which a function of its own is assigned a shape of its own, at
 * the cost of half a request.
 */

function guardedSend (this: FastifyReply, payload?: unknown): FastifyReply {
  return guardOf(this).send(payload)
}

function guardedHijack (this: FastifyReply): FastifyReply {
  return guardOf(this).hijack()
}

function guardOf ({ request }: FastifyReply): SendGuard {
  return (request as Carrier)[kCallback]?.guard as SendGuard
}

/** `reply.send(text('…'))`: nobody wants WeCom to get that unencrypted. */
function meansEncrypted (reply: FastifyReply, payload: unknown): boolean {
  return !isFailure(reply) && isReplyValue(payload)
}
