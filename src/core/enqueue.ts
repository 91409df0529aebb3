import { acceptedBy } from '../delivery/accepts.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Inbox } from '../delivery/inbox.js'
import type { Answer } from '../receiver/types.js'
import { withTimeout } from '../support/with-timeout.js'
import { counted } from '../telemetry/counters.js'
import { writeLine, elapsedSince, writeOutcome } from '../telemetry/log.js'
import type { ReceivedContext } from './context.js'
import { inboxUnavailable } from './errors.js'

/** What `accepts` throws is the inbox's failure, and tells a stranger nothing. */
export function isAccepted (inbox: Inbox, context: ReceivedContext): boolean {
  let answer: unknown
  try {
    answer = inbox.accepts(context)
  } catch (cause) {
    throw inboxUnavailable(cause)
  }
  return acceptedBy("the inbox's accepts()", answer)
}

/**
 * Acknowledged once the queue has it, and not before.
 *
 * @throws WecomError WECOM_INBOX_UNAVAILABLE
 */
export async function enqueue (
  inbox: Inbox,
  context: ReceivedContext,
  { arrivedAt, deadline, keepUntil }: { arrivedAt: number, deadline: number, keepUntil: number }
): Promise<Answer> {
  const { message: _message, log: _log, attempt: _attempt, ...message } = context
  const timeLeft = Math.max(1, deadline - elapsedSince(arrivedAt))
  try {
    await withTimeout(async () => { await inbox.put(message, { keepUntil }) }, timeLeft)
  } catch (cause) {
    throw inboxUnavailable(cause)
  }
  counted.queued++
  writeOutcome(context, 'queued', arrivedAt)
  return context.seal('')
}

/** The handler of an inbox without one: what the inbox does not accept is acknowledged and named. */
export const acknowledgeOnly = {
  async handle (_message: unknown, { kind, log }: CallbackContext): Promise<undefined> {
    writeLine(
      log,
      'warn',
      { kind },
      'the inbox does not accept this message and there is no handler: add a handler, or widen accept'
    )
  }
}
