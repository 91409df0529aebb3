import type { FastifyReply } from 'fastify'
import type { Arrival, HandlerRun } from '../core/arrival.js'
import { logFields } from '../core/context.js'
import { replyRepeated } from '../core/errors.js'
import { isFailure, isGone, isWritten, onHangUp, sentFailure } from '../node/response.js'
import { isReplyValue } from '../reply/compose.js'
import type { RequestState, WecomContext } from './request-state.js'

/** Stands between a handler and its `reply`: whichever way the answer comes, it goes to the run. */
export interface ReplyGuard {
  readonly arrival: Arrival<WecomContext>
  /** This request is answered by the plugin (`true`) or has nobody left to answer; its handler may run on. */
  requestEnds (answered: boolean): void
}

/** @param answersLater the handler takes the reply, so that it can answer after it has returned nothing */
export function guardReply (
  state: RequestState,
  context: WecomContext,
  reply: FastifyReply,
  callHandler: () => unknown,
  answersLater: boolean
): ReplyGuard {
  const { send, hijack } = reply
  let run: HandlerRun | undefined
  let ended: { answered: boolean } | undefined

  function startHandler (started: HandlerRun): void {
    run = started
    state.answer = value => { started.answer(value) }
    if (ended === undefined) watchSend(started)
    else sendLate(started, ended.answered)
    call(started)
  }

  /**
   * A returned `reply` is a thenable that ends with the response, so nothing that writes the response may wait for it.
   */
  async function call (run: HandlerRun): Promise<void> {
    try {
      const result = callHandler()
      // A handler that takes the reply may answer when it likes, as any of Fastify's.
      if (result === undefined && answersLater) return
      const value = await result
      if (run.settled && value !== undefined && value !== reply) throw replyRepeated()
      if (run.settled || value === reply) return
      if (reply.sent && state.sealed === undefined) written(run)
      else if (isFailure(reply) && !reply.raw.headersSent) run.fail(sentFailure(reply))
      else run.answer(value)
    } catch (error) {
      run.fail(error)
    }
  }

  function watchSend (run: HandlerRun): void {
    let byHand = false
    /** Whether it is a failure shows when it is written: a serializer, a hook or a stream may still fail. */
    const writes = (): void => {
      byHand = true
      run.bypass()
      for (const end of ['finish', 'close']) reply.raw.once(end, () => { written(run) })
    }
    reply.send = function (payload) {
      // What Fastify, or the app's error handler, sends instead of what could not be sent.
      if (byHand) return send.call(this, payload)
      if (payload instanceof Error) { run.fail(payload); return this }
      if (run.settled) throw replyRepeated()
      if (meansEncrypted(reply, payload)) { run.answer(payload); return this }
      writes()
      return send.call(this, payload)
    }
    reply.hijack = function () {
      writes()
      return hijack.call(this)
    }
  }

  /**
   * WeCom had its answer, or had hung up: what the handler sends has nobody to go to. Fastify sends this request's
   * answer by the same method.
   */
  function sendLate (run: HandlerRun, answered: boolean): void {
    let own = answered
    const late = (payload?: unknown): FastifyReply => {
      if (!run.settled && meansEncrypted(reply, payload)) {
        run.answer(payload)
        return reply
      }
      context.log.warn(
        logFields(context),
        'the handler called reply.send() or hijack() when WeCom had its answer, or had hung up: nobody gets that; ' +
          'return a reply or use reply.encrypted()'
      )
      if (payload instanceof Error) run.fail(payload)
      else if (isFailure(reply)) run.fail(sentFailure(reply))
      else if (!run.settled) run.answer(undefined)
      return reply
    }
    reply.hijack = () => late()
    reply.send = function (payload) {
      if (!own) return late(payload)
      own = false
      return send.call(this, payload)
    }
  }

  function written (run: HandlerRun): void {
    if (isFailure(reply)) { run.written(sentFailure(reply)); return }
    if (run.written()) {
      context.log.warn(
        logFields(context),
        'the handler answered by reply.send() or hijack(): WeCom gets that as it is, unencrypted, and a retry gets ' +
          'the empty answer; return a reply or use reply.encrypted()'
      )
    }
  }

  return {
    arrival: {
      context,
      arrivedAt: state.arrivedAt,
      isGone: () => isGone(reply.raw) && !isWritten(reply.raw),
      onHangUp: listener => onHangUp(reply.raw, listener, () => { if (run !== undefined) written(run) }),
      startHandler
    },
    requestEnds (answered) {
      ended = { answered }
      if (run === undefined) return
      if (run.settled) Object.assign(reply, { send, hijack })
      else sendLate(run, answered)
    }
  }
}

/** `reply.send(text('…'))`: nobody wants WeCom to get that unencrypted. */
function meansEncrypted (reply: FastifyReply, payload: unknown): boolean {
  return !isFailure(reply) && isReplyValue(payload)
}
