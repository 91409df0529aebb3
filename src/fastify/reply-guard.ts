import type { FastifyReply } from 'fastify'
import type { HandlerRun } from '../core/arrival.js'
import { isFailure, replyRepeated, sentFailure } from '../core/errors.js'
import { isReplyValue } from '../reply/compose.js'
import { logFields, writeLine } from '../telemetry/log.js'
import { kCallback, type Carrier, type ReplyGuard, type WecomContext } from './request-state.js'

/*
 * What handlers call as `reply.send` and `reply.hijack`: what can be the answer goes to the run, what the handler
 * writes by its own hand is told to it.
 *
 * One function for all replies: V8 gives each object to which a function of its own is assigned a shape of its own, at
 * the cost of half a request.
 */

export function guardedSend (this: FastifyReply, payload?: unknown): FastifyReply {
  const guard = guardOf(this)
  const { run } = guard
  if (guard.ended) return sendLate(this, payload)
  // What Fastify, or the app's error handler, sends instead of what could not be sent.
  if (guard.byHand) return guard.ownSend.call(this, payload)
  if (payload instanceof Error) {
    run.fail(payload)
    return this
  }
  if (run.settled) throw replyRepeated('reply.encrypted()')
  if (meansEncrypted(this, payload)) {
    run.answer(payload)
    return this
  }
  beginByHand(this)
  return guard.ownSend.call(this, payload)
}

export function guardedHijack (this: FastifyReply): FastifyReply {
  const guard = guardOf(this)
  if (guard.ended) return takeLate(this, undefined)
  if (guard.run.settled && !guard.byHand) throw replyRepeated('reply.encrypted()')
  beginByHand(this)
  return guard.ownHijack.call(this)
}

/** The handler's own response has gone out. */
export function writtenByHand (reply: FastifyReply, context: WecomContext, run: HandlerRun): void {
  if (isFailure(reply)) {
    run.written(sentFailure(reply))
    return
  }
  if (run.written()) {
    writeLine(
      context.log,
      'warn',
      logFields(context),
      'the handler answered with reply.send() or hijack(): WeCom gets it unencrypted, and a retry gets ' +
        'the empty answer; return a reply or use reply.encrypted()'
    )
  }
}

/** Whether it is a failure shows when it is written: a serializer, a hook or a stream may still fail. */
function beginByHand (reply: FastifyReply): void {
  const guard = guardOf(reply)
  const { context, run } = guard
  guard.byHand = true
  run.bypass()
  for (const end of ['finish', 'close']) reply.raw.once(end, () => { writtenByHand(reply, context, run) })
}

/**
 * WeCom had its answer, or had hung up: what the handler sends has nobody to go to. Fastify sends this request's
 * answer by the same method.
 */
function sendLate (reply: FastifyReply, payload: unknown): FastifyReply {
  const guard = guardOf(reply)
  if (!guard.sendsOwn) return takeLate(reply, payload)
  guard.sendsOwn = false
  return guard.ownSend.call(reply, payload)
}

function takeLate (reply: FastifyReply, payload: unknown): FastifyReply {
  const { context, run } = guardOf(reply)
  if (!run.settled && meansEncrypted(reply, payload)) {
    run.answer(payload)
    return reply
  }
  writeLine(
    context.log,
    'warn',
    logFields(context),
    'the handler called reply.send() or hijack() after WeCom had its answer or had hung up: nobody receives it; ' +
      'return a reply or use reply.encrypted()'
  )
  if (payload instanceof Error) run.fail(payload)
  else if (isFailure(reply)) run.fail(sentFailure(reply))
  else if (!run.settled) run.answer(undefined)
  return reply
}

/** `reply.send(text('…'))`: nobody wants WeCom to get that unencrypted. */
function meansEncrypted (reply: FastifyReply, payload: unknown): boolean {
  return !isFailure(reply) && isReplyValue(payload)
}

function guardOf ({ request }: FastifyReply): ReplyGuard {
  return (request as Carrier)[kCallback]?.guard as ReplyGuard
}
