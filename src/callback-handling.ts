import type { FastifyReply } from 'fastify'
import { bareError, loggableError, toError } from './bare-error.js'
import { callHook, elapsed, logged, type CallbackState, type WecomContext } from './callback-context.js'
import { count } from './counters.js'
import { acceptedBy } from './delivery/accepts.js'
import { deadlineOf } from './delivery/deadline.js'
import type { Delivered } from './delivery/deliver.js'
import type { Inbox } from './delivery/inbox.js'
import { RETRY_WINDOW, type Run } from './delivery/run.js'
import { runKey } from './delivery/run-key.js'
import { handlerFailed, inboxUnavailable, parserBypassed, replyRepeated, shuttingDown } from './callback-errors.js'
import type { Answer } from './receiver.js'
import { catalogueOf } from './message/lookup.js'
import { readableReply } from './reply/readable.js'
import { traced } from './tracing.js'
import { withinTime } from './within-time.js'

/**
 * Brings a verified message to its handler, once, and gives what this request is to be answered with; undefined where the
 * handler answers by its own hand or the connection is gone.
 *
 * @throws WecomError WECOM_HANDLER_FAILED, WECOM_SHUTTING_DOWN, WECOM_STORE_UNAVAILABLE, WECOM_INBOX_UNAVAILABLE
 */
export async function handleCallback (state: CallbackState, reply: FastifyReply, callHandler: () => unknown, answersLater: boolean): Promise<Answer | undefined> {
  const { registration, context, arrivedAt } = state
  if (context === undefined) throw parserBypassed()
  const { deliverer, inbox } = registration
  state.key = runKey(registration.scope, context)
  const deadline = deadlineOf(catalogueOf(context.kind), registration.deadline, registration.onLateReply !== undefined)
  if (state.key !== undefined && inbox !== undefined && accepts(inbox, context)) return await enqueue(state, inbox, state.key, context, deadline ?? registration.deadline)

  let handling: Handling | undefined
  try {
    const delivered = await deliverer.deliver({
      key: state.key,
      arrivedAt,
      deadline,
      keepUntil: keepUntil(context.timestamp, registration.timestampTolerance),
      onHangUp: listener => {
        // A response that is complete while this one still waits was written by the handler's own hand.
        const onClose = () => { if (reply.raw.writableFinished) handling?.bypass(); else listener() }
        if (reply.raw.destroyed) queueMicrotask(onClose)
        reply.raw.once('close', onClose)
        return () => reply.raw.off('close', onClose)
      },
      start: (run, attempt) => {
        Object.assign(context, { attempt, signal: run.signal })
        count('handled')
        handling = startHandler(state, context, run, reply, callHandler, answersLater)
      },
      late: (settlement, reason) => {
        count('late')
        if (settlement.state === 'failed') takeLateError(state, context, handling?.error ?? reason)
        else if (handling?.value !== undefined) takeLateReply(state, context, handling.value)
      },
      warn: (message, cause) => {
        if (cause !== undefined) count('storeErrors')
        context.log.warn({ ...logged(state), ...(cause === undefined ? {} : { err: bareError(cause) }) }, message)
      }
    })
    if (delivered.attempt > 0) Object.assign(context, { attempt: delivered.attempt })
    const answer = answerTo(delivered, state, context, handling)
    handling?.decided(answer !== undefined)
    return answer
  } catch (error) {
    handling?.decided(true)
    throw error
  }
}

/** What the handler of a run came to, in the process that runs it. */
interface Handling {
  /** The reply it gave. */
  value?: unknown
  error?: unknown
  bypassed: boolean
  /** It answered by `reply.send()` or `hijack()`. */
  bypass (): void
  /** This request is to be answered now (true), or has nobody left to answer. */
  decided (answered: boolean): void
}

/**
 * Calls the handler. Its answer settles the run, whichever way it comes. A returned `reply` is a thenable that ends with the
 * response, so nothing that writes the response may wait for it.
 */
function startHandler (state: CallbackState, context: WecomContext, run: Run, reply: FastifyReply, callHandler: () => unknown, answersLater: boolean): Handling {
  const { send, hijack } = reply
  const handling: Handling = {
    bypassed: false,
    bypass () {
      if (run.settled) return
      context.log.warn(logged(state), 'the handler answered by reply.send() or hijack(): WeCom gets that as it is, unencrypted, and a retry gets the empty answer; return a reply or use reply.encrypted()')
      handling.bypassed = true
      run.settle({ state: 'done', reply: '' })
    },
    decided (answered) {
      if (run.settled) { Object.assign(reply, { send, hijack }); return }
      // The handler runs on. Fastify sends this request's answer by the same method; what the handler sends has nobody to go to.
      let own = answered
      const sendLate = (payload?: unknown) => {
        context.log.warn(logged(state), 'the handler called reply.send() or hijack() when WeCom had its answer, or had hung up: nobody gets that; return a reply or use reply.encrypted()')
        if (payload instanceof Error) fail(payload)
        else if (!run.settled) run.settle({ state: 'done', reply: '' })
        return reply
      }
      reply.hijack = () => sendLate()
      reply.send = function (payload) {
        if (!own) return sendLate(payload)
        own = false
        return send.call(this, payload)
      }
    }
  }
  const fail = (error: unknown) => {
    if (run.settled) { context.log.error({ ...logged(state), err: loggableError(error) }, 'the handler failed after it had answered'); return }
    handling.error = toError(error)
    run.settle({ state: 'failed' })
  }
  const answer = (value: unknown) => {
    if (run.settled) throw replyRepeated()
    const composed = state.registration.receiver.compose(context, value as string, cut => { context.log.warn(logged(state), cut) })
    if (composed !== '') handling.value = value
    run.settle({ state: 'done', reply: composed })
  }
  const call = async () => {
    try {
      const result = callHandler()
      if (result === undefined && answersLater) return
      const value = await result
      if (run.settled && value !== undefined && value !== reply) throw replyRepeated()
      if (run.settled || value === reply) return
      if (reply.sent && state.sealed === undefined) handling.bypass()
      else answer(value)
    } catch (error) {
      fail(error)
    }
  }
  state.answer = answer
  reply.send = function (payload) {
    if (payload instanceof Error) { fail(payload); return this }
    if (run.settled) throw replyRepeated()
    handling.bypass()
    return send.call(this, payload)
  }
  reply.hijack = function () {
    handling.bypass()
    return hijack.call(this)
  }
  traced('handle', logged(state), async () => {
    call()
    await run.outcome
    if (handling.error !== undefined) throw handling.error
  }).catch(() => {})
  return handling
}

function answerTo (delivered: Delivered, state: CallbackState, context: WecomContext, handling: Handling | undefined): Answer | undefined {
  const { registration: { receiver } } = state
  if (delivered.attempt > 1 && handling === undefined) count('repeated')
  if (delivered.state === 'closing') throw shuttingDown()
  if (delivered.state === 'failed') throw handlerFailed(context.kind, handling !== undefined, handling?.error)
  const outcome = { done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' }[delivered.state] as 'answered' | 'acknowledged' | 'hungUp'
  count(outcome)
  context.log.info({ ...logged(state), outcome, ms: elapsed(state) }, 'WeCom message')
  if (delivered.state === 'hung-up' || handling?.bypassed === true) return undefined
  return receiver.seal(context, delivered.state === 'done' ? delivered.reply : '')
}

/** What `accept` throws is the inbox's failure, and tells a stranger nothing. */
function accepts (inbox: Inbox, context: WecomContext): boolean {
  let answer: unknown
  try {
    answer = inbox.accepts(context)
  } catch (cause) {
    throw inboxUnavailable(cause)
  }
  return acceptedBy("the inbox's accepts()", answer)
}

/** Acknowledged once the queue has it, and not before. */
async function enqueue (state: CallbackState, inbox: Inbox, key: string, context: WecomContext, deadline: number): Promise<Answer> {
  const { message: _message, log: _log, signal: _signal, attempt: _attempt, ...callback } = context
  try {
    await withinTime(async () => { await inbox.put({ ...callback, key }, { keepUntil: keepUntil(context.timestamp, state.registration.timestampTolerance) }) }, Math.max(1, deadline - elapsed(state)))
  } catch (cause) {
    throw inboxUnavailable(cause)
  }
  count('queued')
  context.log.info({ ...logged(state), outcome: 'queued', ms: elapsed(state) }, 'WeCom message')
  return state.registration.receiver.seal(context, '')
}

function takeLateReply (state: CallbackState, context: WecomContext, value: unknown): void {
  const { onLateReply } = state.registration
  if (onLateReply === undefined) {
    context.log.warn(logged(state), 'the reply came too late: WeCom has had its answer, or has given up. Answer sooner, or give onLateReply and send it by the message API')
    return
  }
  callHook(context.log, 'onLateReply', () => onLateReply(readableReply(value, context.message as unknown as Record<string, unknown>), context))
}

function takeLateError (state: CallbackState, context: WecomContext, error: unknown): void {
  context.log.error({ ...logged(state), err: loggableError(error) }, 'the handler failed after the message was acknowledged: WeCom will not send it again')
  callHook(context.log, 'onLateError', () => state.registration.onLateError?.(error, context))
}

/** As long as a captured request would pass the timestamp check, and never less than WeCom may take for its retries. */
function keepUntil (timestamp: string, tolerance: number): number {
  const replayable = tolerance === Infinity ? 0 : Number(timestamp) * 1000 + tolerance
  return Math.max(Date.now() + RETRY_WINDOW, replayable)
}
