import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { writeMessage, type WrittenMessage } from '../message-text.js'
import type { SimulatedAttempt, Delivery } from './types.js'

export interface Polling {
  /** Milliseconds. */
  interval: number
  /** Milliseconds. */
  limit: number
  signal: AbortSignal | undefined
  poll (message: WrittenMessage, number: number): Promise<SimulatedAttempt>
}

/**
 * Asks for a bot's stream again and again until it is finished, or WeCom loses patience (page 100719). A poll that
 * fails or says nothing leaves what is shown.
 */
export async function pollStream (
  delivery: Delivery,
  written: WrittenMessage,
  { interval, limit, signal, poll }: Polling
): Promise<void> {
  const first = delivery.reply?.message?.stream
  if (first?.id === undefined || first.finish === true) return
  const until = performance.now() + limit
  const problems = new Set<string>()
  for (let number = 1; ; number++) {
    try {
      await wait(interval, undefined, signal === undefined ? {} : { signal })
    } catch {
      delivery.outcome = 'stopped'
      break
    }
    if (performance.now() >= until) {
      problems.add('The stream was not finished when WeCom stopped to poll: what was shown last stays.')
      break
    }
    const attempt = await poll(pollMessage(written, first.id), number)
    delivery.polls.push(attempt)
    for (const problem of attempt.problems) problems.add(problem)
    const stream = attempt.reply?.message?.stream
    if (stream === undefined) continue
    if (stream.id !== first.id) {
      problems.add('A poll was answered with another stream id: the client shows nothing further.')
    } else {
      delivery.reply = attempt.reply
    }
    if (stream.finish === true) break
  }
  delivery.problems.push(...problems)
}

/** A refresh: who and where as in the message, no response_url, an id of its own. */
function pollMessage ({ message }: WrittenMessage, id: string): WrittenMessage {
  const { aibotid, chatid, chattype, from } = message
  return writeMessage(
    {
      msgid: `CAIQ${randomBytes(12).toString('base64')}`,
      aibotid,
      chatid,
      chattype,
      from,
      msgtype: 'stream',
      stream: { id }
    },
    'json'
  )
}
