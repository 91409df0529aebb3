import { setTimeout as wait } from 'node:timers/promises'
import type { ClientEngine } from '../engine.js'
import type { WrittenMessage } from '../message-text.js'
import type { Try } from '../simulator/attempt.js'
import type { SimulatedAttempt, SimulatedFault } from '../simulator/types.js'
import { pollMessage } from './poll-message.js'
import type { StreamProblem, StreamWatch } from './watch.js'

/** One poll, ready to be sent. */
export type Poll = Pick<Try, 'number' | 'written' | 'sealed' | 'fault'>

/** How a stream is polled. */
export interface Polling {
  /** Milliseconds between an answer and the next poll. */
  every: number
  /** Milliseconds of `performance.now()` at which the message was sent. */
  started: number
  /** Milliseconds of `performance.now()` at which WeCom stops. */
  until: number
  faults: ReadonlySet<SimulatedFault>
  signal: AbortSignal | undefined
  seal: ClientEngine['seal']
  /** Never throws. */
  send (poll: Poll): Promise<SimulatedAttempt>
  /** Each poll as it ends, with what it showed to be wrong beside what is wrong with the answer itself. */
  note (attempt: SimulatedAttempt, found: readonly StreamProblem[]): void
}

/** So many polls there are of a stream that is not polled to its end. */
const STOP_AFTER = 2

/**
 * Asks for a bot's stream again and again until it is finished, or WeCom loses patience (page 100719). A poll that
 * fails or says nothing leaves what is shown.
 */
export async function pollStream (
  watch: StreamWatch,
  message: WrittenMessage,
  polling: Polling
): Promise<'done' | 'stopped'> {
  const { every, until, faults, signal } = polling
  const dropper = new Dropper()
  for (let number = 1; watch.id !== undefined && !watch.finished; number++) {
    if (faults.has('stop-polls') && number > STOP_AFTER) break
    // Never beyond the end: whoever waits for it would wait for nothing.
    const pause = Math.min(every, until - performance.now())
    try {
      if (pause > 0) await wait(pause, undefined, signal === undefined ? {} : { signal })
    } catch {
      return 'stopped'
    }
    if (signal?.aborted === true) return 'stopped'
    if (performance.now() >= until) {
      watch.giveUp()
      break
    }
    for (const attempt of await askOnce(watch.id, number, message, polling)) {
      const lost = faults.has('drop-poll') && dropper.drops(attempt)
      const seen: SimulatedAttempt = lost ? { ...attempt, fault: 'drop-poll', outcome: 'dropped' } : attempt
      polling.note(seen, lost ? lose(watch, seen) : look(watch, seen, polling.started))
    }
  }
  return 'done'
}

/** Sends a poll, and its twin where there is one; answers in the order in which they can have been made. */
async function askOnce (
  id: string,
  number: number,
  message: WrittenMessage,
  { faults, seal, send }: Polling
): Promise<SimulatedAttempt[]> {
  const ready = (): Poll => {
    const written = pollMessage(message, id)
    return { number, written, sealed: seal(written) }
  }
  const poll = ready()
  if (faults.has('overlap-polls')) {
    const both = await Promise.all([send(poll), send({ ...ready(), fault: 'overlap-polls' })])
    return both.sort((a, b) => progress(a) - progress(b))
  }
  const first = await send(poll)
  return faults.has('repeat-poll') ? [first, await send({ ...poll, fault: 'repeat-poll' })] : [first]
}

/** Of two that were under way at once, the one that shows less was made first. */
function progress ({ reply }: SimulatedAttempt): number {
  const { content, finish } = reply?.message?.stream ?? {}
  return finish === true ? Infinity : (typeof content === 'string' ? content.length : 0)
}

/** Loses each other answer, and the one that ends the stream once. */
class Dropper {
  #seen = 0
  #ended = false

  drops ({ reply }: SimulatedAttempt): boolean {
    if (reply === undefined || this.#ended) return false
    this.#ended = reply.message?.stream?.finish === true
    return this.#ended || this.#seen++ % 2 === 0
  }
}

function lose (watch: StreamWatch, { reply }: SimulatedAttempt): StreamProblem[] {
  if (reply !== undefined) watch.lose(reply)
  return []
}

function look (watch: StreamWatch, { reply, number, problems }: SimulatedAttempt, started: number): StreamProblem[] {
  if (reply === undefined) return problems.flatMap(text => watch.fail(text))
  return watch.take(reply, number, performance.now() - started)
}
