import type { FastifyReply } from 'fastify'
import { loggableError, toError } from './bare-error.js'
import { logged, type CallbackState, type WecomContext } from './callback-context.js'
import { replyRepeated } from './callback-errors.js'
import type { Run } from './delivery/run.js'
import { isReplyValue } from './reply/compose.js'
import type { Reply } from './reply/types.js'
import { traced } from './tracing.js'

/** What the handler of a run came to, in the process that runs it. */
export interface Handling {
  /** The reply it gave. */
  value?: unknown
  error?: Error
  /** It answered by `reply.send()` or `hijack()`. */
  bypassed: boolean
  /** The response was written by the handler's own hand. */
  bypass (): void
  /** This request is to be answered now (true), or has nobody left to answer. */
  decided (answered: boolean): void
}

/**
 * Calls the handler. Its answer settles the run, whichever way it comes. A returned `reply` is a thenable that ends with the
 * response, so nothing that writes the response may wait for it.
 */
export function startHandler (state: CallbackState, context: WecomContext, run: Run, reply: FastifyReply, callHandler: () => unknown, answersLater: boolean): Handling {
  const { send, hijack } = reply
  const { log } = context

  /** Also where the answer is still on its way. */
  const hasAnswered = (): boolean => run.settled || handling.bypassed

  function fail (error: unknown): void {
    if (hasAnswered()) { log.error({ ...logged(state), err: loggableError(error) }, 'the handler failed after it had answered'); return }
    settleFailed(error)
  }

  function settleFailed (error: unknown): void {
    handling.error = toError(error)
    run.settle({ state: 'failed' })
  }

  function answer (value: unknown): void {
    if (hasAnswered()) throw replyRepeated()
    const composed = state.registration.receiver.compose(context, value as Reply, cut => { log.warn(logged(state), cut) })
    if (composed !== '') handling.value = value
    run.settle({ state: 'done', reply: composed })
  }

  /** After WeCom had its answer, or had hung up: what the handler sends has nobody to go to. */
  function sendLate (payload?: unknown): FastifyReply {
    if (!run.settled && meansEncrypted(payload)) { answer(payload); return reply }
    log.warn(logged(state), 'the handler called reply.send() or hijack() when WeCom had its answer, or had hung up: nobody gets that; return a reply or use reply.encrypted()')
    if (payload instanceof Error) fail(payload)
    else if (isFailure(reply)) fail(sentFailure(reply))
    else if (!run.settled) run.settle({ state: 'done', reply: '' })
    return reply
  }

  /** `reply.send(text('…'))`: nobody wants WeCom to get that unencrypted. */
  function meansEncrypted (payload: unknown): boolean {
    return !isFailure(reply) && isReplyValue(payload)
  }

  const handling: Handling = {
    bypassed: false,
    bypass () {
      if (run.settled) return
      handling.bypassed = true
      if (isFailure(reply)) { settleFailed(sentFailure(reply)); return }
      log.warn(logged(state), 'the handler answered by reply.send() or hijack(): WeCom gets that as it is, unencrypted, and a retry gets the empty answer; return a reply or use reply.encrypted()')
      run.settle({ state: 'done', reply: '' })
    },
    decided (answered) {
      if (hasAnswered()) { Object.assign(reply, { send, hijack }); return }
      // The handler runs on. Fastify sends this request's answer by the same method.
      let own = answered
      reply.hijack = () => sendLate()
      reply.send = function (payload) {
        if (!own) return sendLate(payload)
        own = false
        return send.call(this, payload)
      }
    }
  }

  async function call (): Promise<void> {
    try {
      const result = callHandler()
      if (result === undefined && answersLater) return
      const value = await result
      if (hasAnswered() && value !== undefined && value !== reply) throw replyRepeated()
      if (hasAnswered() || value === reply) return
      if (reply.sent && state.sealed === undefined) handling.bypass()
      else if (isFailure(reply) && !reply.raw.headersSent) fail(sentFailure(reply))
      else answer(value)
    } catch (error) {
      fail(error)
    }
  }

  /** Whether it is a failure shows when it is written: a serializer, a hook or a stream may still fail. */
  function byHand (): void {
    handling.bypassed = true
    for (const end of ['finish', 'close']) reply.raw.once(end, handling.bypass)
  }

  state.answer = answer
  reply.send = function (payload) {
    // What Fastify, or the app's error handler, sends instead of what could not be sent.
    if (handling.bypassed) return send.call(this, payload)
    if (payload instanceof Error) { fail(payload); return this }
    if (run.settled) throw replyRepeated()
    if (meansEncrypted(payload)) { answer(payload); return this }
    byHand()
    return send.call(this, payload)
  }
  reply.hijack = function () {
    byHand()
    return hijack.call(this)
  }
  traced('handle', logged(state), async () => {
    call()
    await run.outcome
    if (handling.error !== undefined) throw handling.error
  }).catch(() => {})
  return handling
}

/** A response that is complete while its request still waits was written by the handler's own hand; HTTP/2 also calls one complete whose stream was reset. */
export function answeredByHand ({ raw }: FastifyReply): boolean {
  return raw.writableFinished && raw.writableEnded
}

/** WeCom takes whatever is no 200 for a failure, and sends the message again. */
function isFailure ({ statusCode }: FastifyReply): boolean {
  return statusCode >= 400
}

function sentFailure ({ statusCode }: FastifyReply): Error {
  return new Error(`the handler answered with status ${statusCode}: a retry of WeCom runs it again`)
}
