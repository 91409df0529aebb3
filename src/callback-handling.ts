import type { FastifyReply } from 'fastify'
import { bareError, loggableError } from './bare-error.js'
import { callHook, elapsed, logged, type CallbackState, type WecomContext } from './callback-context.js'
import { handlerFailed, inboxUnavailable, parserBypassed, shuttingDown } from './callback-errors.js'
import { answeredByHand, startHandler, type Handling } from './callback-handler.js'
import { count } from './counters.js'
import { acceptedBy } from './delivery/accepts.js'
import { deadlineOf } from './delivery/deadline.js'
import type { Delivered } from './delivery/deliver.js'
import type { Inbox } from './delivery/inbox.js'
import { keepUntil } from './delivery/keep-until.js'
import { captureKey, runKey } from './delivery/run-key.js'
import { catalogueOf } from './message/lookup.js'
import type { Answer } from './receiver.js'
import { readableReply } from './reply/readable.js'
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
  const { deliverer, inbox, receiver } = registration
  const identity = receiver.identify(context)
  const catalogued = catalogueOf(context.kind)
  const deadline = deadlineOf(catalogued, registration.deadline, registration.onLateReply !== undefined)
  const asker = {
    key: runKey(registration.scope, identity, context),
    arrivedAt,
    deadline,
    keepUntil: keepUntil(context.timestamp, registration.timestampTolerance),
    warn: (message: string, cause?: unknown) => {
      if (cause !== undefined) count('storeErrors')
      context.log.warn({ ...logged(state), ...(cause === undefined ? {} : { err: bareError(cause) }) }, message)
    }
  }
  state.key = asker.key
  // Only there can what was signed once come under another key.
  if (Object.keys(context.params).length > 0 || registration.sharesStore()) state.key = asker.key = await deliverer.firstKey(asker, captureKey(identity))
  const { key } = asker
  if (inbox !== undefined && accepts(inbox, context)) return await enqueue(state, inbox, key, context, deadline ?? registration.deadline)

  let handling: Handling | undefined
  /** This request is answered, or has nobody left to answer. */
  let over = false
  try {
    const delivered = await deliverer.deliver({
      ...asker,
      takesLateReplies: registration.onLateReply !== undefined,
      onHangUp: listener => {
        const onClose = () => { if (answeredByHand(reply)) handling?.bypass(); else listener() }
        if (isGone(reply)) queueMicrotask(onClose)
        reply.raw.once('close', onClose)
        return () => reply.raw.off('close', onClose)
      },
      isGone: () => isGone(reply) && !answeredByHand(reply),
      start: (run, attempt) => {
        Object.assign(context, { attempt, signal: run.signal })
        count('handled')
        handling = startHandler(state, context, run, reply, callHandler, answersLater)
        if (over) handling.decided(false)
      },
      late: (settlement, { acknowledged, reason }) => {
        count('late')
        if (settlement.state === 'failed') takeLateError(state, context, handling?.error ?? reason, acknowledged)
        else if (handling?.value !== undefined) takeLateReply(state, context, handling.value, acknowledged)
      },
      slow: () => {
        const waited = catalogued?.passiveReply === true && registration.onLateReply === undefined
        context.log[waited ? 'warn' : 'info'](logged(state), waited
          ? 'the handler takes longer than the 5 seconds that WeCom waits: a retry can still collect its reply, for about 15 seconds. Answer sooner, or give onLateReply and send it by the message API'
          : 'the handler takes longer than 5 seconds')
      },
      repeated: () => {
        context.log.warn({ ...logged(state), err: loggableError(handling?.error) }, 'the handler failed when WeCom had hung up; WeCom has sent the message again since')
      }
    })
    over = true
    if (delivered.attempt > 0) Object.assign(context, { attempt: delivered.attempt })
    const answer = answerTo(delivered, state, context, handling)
    handling?.decided(answer !== undefined)
    return answer
  } catch (error) {
    over = true
    handling?.decided(true)
    throw error
  }
}

function answerTo (delivered: Delivered, state: CallbackState, context: WecomContext, handling: Handling | undefined): Answer | undefined {
  const { registration: { receiver, onError } } = state
  const byHand = handling?.bypassed === true
  if (delivered.attempt > 1 && handling === undefined) count('repeated')
  if (delivered.state === 'closing') throw shuttingDown()
  if (delivered.state === 'failed') {
    const error = handlerFailed(context.kind, handling !== undefined, handling?.error)
    if (!byHand) throw error
    count('failed')
    context.log.error({ ...logged(state), outcome: 'failed', ms: elapsed(state) }, handling?.error?.message)
    callHook(context.log, 'onError', () => onError?.(error, context))
    return undefined
  }
  const outcome = ({ done: 'answered', acknowledged: 'acknowledged', 'hung-up': 'hungUp' } as const)[delivered.state]
  count(outcome)
  context.log.info({ ...logged(state), outcome: byHand && outcome === 'answered' ? 'unencrypted' : outcome, ms: elapsed(state) }, 'WeCom message')
  if (delivered.state === 'hung-up' || byHand) return undefined
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

function takeLateReply (state: CallbackState, context: WecomContext, value: unknown, acknowledged: boolean): void {
  const { onLateReply } = state.registration
  if (!acknowledged || onLateReply === undefined) {
    context.log.warn(logged(state), 'the reply came too late: WeCom has had its answer, or has given up. Answer sooner, or give onLateReply and send it by the message API')
  }
  if (onLateReply !== undefined) callHook(context.log, 'onLateReply', () => onLateReply(readableReply(value, context.message as unknown as Record<string, unknown>), context))
}

function takeLateError (state: CallbackState, context: WecomContext, error: unknown, acknowledged: boolean): void {
  context.log.error({ ...logged(state), err: loggableError(error) }, acknowledged
    ? 'the handler failed after the message was acknowledged: WeCom will not send it again'
    : 'the handler failed when WeCom had given up: no retry has come since. Handle the message from onLateError, or give the plugin an inbox, which tries again')
  callHook(context.log, 'onLateError', () => state.registration.onLateError?.(error, context))
}

function isGone ({ raw }: FastifyReply): boolean {
  // HTTP/2 has its stream instead.
  return raw.destroyed || (raw as { stream?: { destroyed?: boolean } }).stream?.destroyed === true
}
