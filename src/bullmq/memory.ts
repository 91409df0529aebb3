import type { Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { stripErrorDetails } from '../support/strip-error-details.js'
import type { Requeued } from './orphans.js'
import { KEYS_OF, PRELUDE, SCRIPTS, type ScriptName } from './memory-scripts.js'
import type { JobData } from './sealed-job.js'

/** How long the jobs of one process are kept after they have ended, whole milliseconds. */
export interface Measure {
  completedAge: number
  deadLetterAge: number
  completedCount: number
}

/**
 * What is kept of messages that were handled, or failed for good, so that a repeat of them is none. All reject as the
 * client does.
 */
export interface Memory {
  /** To be called before a job is added, for repeats too. `keepFor`: milliseconds from now. */
  remember (key: string, keepFor: number): Promise<void>
  /** Forgets what need not be remembered any longer, of whichever process; some hundred at a time. */
  tidy (): Promise<void>
  /** Puts what stands nowhere in the queue, though it is neither handled nor dead, back into it. */
  requeue (): Promise<Requeued>
  /** Forgets a dead letter before its time; false where there is none. */
  discard (key: string): Promise<boolean>
}

/** How many jobs a script looks at: it holds up Redis for some milliseconds. */
const BATCH = 500
/** How many batches in a row: more must have come in faster than they go. */
const MOST_BATCHES = 100
/** In how long a queue orphans are looked for: each batch reads it as a whole, which takes some milliseconds too. */
const LONGEST_QUEUE = 10_000

/** Teaches the client, which is ours, the scripts. */
export function createMemory (client: Redis | Cluster, queue: Queue<JobData>, measure: Measure): Memory {
  const { completedAge, deadLetterAge, completedCount } = measure
  const soonest = Math.min(completedAge, deadLetterAge)
  const name = [completedAge, deadLetterAge, completedCount]
    .map(value => String(Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER)))
    .join(':')
  const base = queue.toKey('remembered')
  const index = `${base}:${name}`
  const [jobs, completed, failed] = [queue.toKey(''), queue.toKey('completed'), queue.toKey('failed')]
  const lists = ['wait', 'active', 'paused'].map(key => queue.toKey(key))
  const sortedSets = [completed, failed, ...['delayed', 'prioritized', 'waiting-children'].map(key => queue.toKey(key))]
  let adopted = false

  function command (script: ScriptName): (...args: Array<string | number>) => Promise<unknown> {
    const method = `fastifyWecomInbox:${script}`
    client.defineCommand(method, { numberOfKeys: KEYS_OF[script], lua: PRELUDE + SCRIPTS[script] })
    const scripted = client as unknown as Record<string, (...args: Array<string | number>) => Promise<unknown>>
    return async (...args) =>
      await scripted[method]?.(...args).catch((error: unknown) => {
        throw stripErrorDetails(error)
      })
  }

  const remember = command('remember')
  const forget = command('forget')
  const adopt = command('adopt')
  const requeue = command('requeue')
  const discard = command('discard')

  /** Once a process: what an earlier version left would otherwise stay for good. */
  async function adoptAll (): Promise<void> {
    for (const set of [completed, failed]) {
      let from = 0
      let found = BATCH
      for (; found === BATCH; from += BATCH) found = Number(await adopt(base, index, set, name, from, from + BATCH - 1))
    }
    adopted = true
  }

  return {
    async remember (key, keepFor) { await remember(base, index, name, key, Math.ceil(Math.max(keepFor, soonest))) },
    async tidy () {
      if (!adopted) await adoptAll()
      for (let batch = 0; batch < MOST_BATCHES; batch++) {
        if (Number(await forget(base, completed, failed, jobs, BATCH)) === 0) {
          return
        }
      }
    },
    async requeue () {
      const all: Requeued = { found: 0, complete: true }
      for (const each of await client.smembers(base)) {
        let cursor = '0'
        do {
          const [next, found, left] = await requeue(
            `${base}:${each}`, ...lists, ...sortedSets, jobs, cursor, BATCH, LONGEST_QUEUE
          ) as [string, number, number]
          cursor = next
          all.found += found
          if (left === 1) all.complete = false
        } while (cursor !== '0')
      }
      return all
    },
    discard: async key => Number(await discard(failed, jobs, key)) === 1
  }
}
