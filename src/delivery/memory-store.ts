import { createThrottle } from '../support/throttle.js'
import { checkCount, checkNames } from '../support/options.js'
import type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun } from './attempts.js'

export interface MemoryStoreOptions {
  /**
   * How much finished runs may take, in bytes, keys and replies together. Default 64 MiB.
   *
   * @example maxBytes: 256 * 1024 * 1024
   */
  maxBytes?: number
  /**
   * How many finished runs are remembered. Default 200 000.
   *
   * @example maxEntries: 1_000_000
   */
  maxEntries?: number
}

/**
 * Remembers runs in this process. Finished runs are forgotten when their time is up, and the oldest of them early when
 * the bound is reached; running ones never. It knows nothing of other processes, nor of those before a restart. Times
 * are kept by a clock that does not jump.
 *
 * @example
 * ```ts
 * await app.register(wecom, { path: '/wecom', credentials, store: memoryStore({ maxEntries: 1_000_000 }) })
 * ```
 */
export function memoryStore (options: MemoryStoreOptions = {}): AttemptStore {
  checkNames('memoryStore', options, ['maxBytes', 'maxEntries'])
  const { maxBytes = 64 * 1024 * 1024, maxEntries = 200_000 } = options
  checkCount('memoryStore maxBytes', maxBytes)
  checkCount('memoryStore maxEntries', maxEntries)
  const entries = new Map<string, Entry>()
  /**
   * Those whose handler has ended, oldest first, from `oldest` on; a Map would walk over its deleted entries every
   * time.
   */
  let finished: Array<Entry | undefined> = []
  let oldest = 0
  let count = 0
  let bytes = 0
  const mayWarn = createThrottle()

  function finish (entry: Entry, warn: AttachOptions['warn']): void {
    entry.bytes =
      ENTRY_BYTES + 2 * (entry.key.length + (entry.outcome.state === 'done' ? entry.outcome.reply.length : 0))
    if (expired(entry)) {
      forget(entry)
      return
    }
    if (entry.bytes > maxBytes) {
      // Rather this one than all the others.
      forget(entry)
      if (mayWarn('large')) {
        warn(
          'a reply is larger than the memory store may be: its message is not remembered, and handled again if it ' +
            'comes again; raise maxBytes'
        )
      }
      return
    }
    entry.remembered = true
    bytes += entry.bytes
    count++
    finished.push(entry)
    for (; oldest < finished.length; finished[oldest++] = undefined) {
      const next = finished[oldest]
      if (next?.remembered !== true) continue
      const over = expired(next)
      if (!over && bytes <= maxBytes && count <= maxEntries) break
      forget(next)
      if (!over && mayWarn('full')) {
        warn(
          'the memory store is full and forgets messages before their time: a repeated one may be handled again; ' +
            'raise maxBytes and maxEntries, or use redisStore()'
        )
      }
    }
    if (oldest < 1_000 || oldest < finished.length / 2) return
    finished = finished.slice(oldest)
    oldest = 0
  }

  function forget (entry: Entry): void {
    if (entry.remembered) {
      entry.remembered = false
      bytes -= entry.bytes
      count--
    }
    if (entries.get(entry.key) === entry) entries.delete(entry.key)
  }

  function enter (key: string, keepUntil: number): { entry: Entry, starts: boolean } {
    const end = performance.now() + keepUntil - Date.now()
    const known = entries.get(key)
    if (known !== undefined && known.outcome.state !== 'failed' && (!known.ended || !expired(known))) {
      known.keepUntil = Math.max(known.keepUntil, end)
      return { entry: known, starts: false }
    }
    if (known !== undefined) forget(known)
    // After a failure the key is free, but the count of attempts goes on.
    const entry = createEntry(key, end, known?.outcome.state === 'failed' ? known.attempts : 0)
    entries.set(key, entry)
    return { entry, starts: true }
  }

  function decide (entry: Entry, outcome: Outcome): Outcome {
    if (entry.outcome.state === 'running') {
      entry.outcome = outcome
      entry.decided?.(outcome)
    }
    return entry.outcome as Outcome
  }

  function ownedRun (entry: Entry, warn: AttachOptions['warn']): OwnedRun {
    return {
      settle (settlement) {
        const holds = decide(entry, settlement)
        if (!entry.ended) {
          entry.ended = true
          finish(entry, warn)
        }
        return holds
      },
      idle: () => entry.attached > 0 ? 0 : performance.now() - entry.leftAt,
      async collected (withdraw) {
        const { key, outcome, answered } = entry
        if (outcome.state === 'failed') return entries.has(key) && entries.get(key) !== entry
        if (!answered && withdraw) entry.outcome = { state: 'acknowledged' }
        return answered
      }
    }
  }

  const store: AttemptStore = {
    attach (key, { keepUntil, warn }): Attempt {
      const { entry, starts } = enter(key, keepUntil)
      const number = ++entry.attempts
      entry.attached++
      let detached = false

      return {
        number,
        get outcome () { return whenDecided(entry) },
        acknowledge: async () => decide(entry, { state: 'acknowledged' }),
        detach (answered = false) {
          if (detached) return
          detached = true
          entry.attached--
          entry.leftAt = performance.now()
          if (answered) entry.answered = true
        },
        run: starts ? ownedRun(entry, warn) : undefined
      }
    }
  }
  memoryStores.add(store)
  return store
}

const memoryStores = new WeakSet<AttemptStore>()

/** Whether a store cannot fail, nor know less than its process does. */
export function isMemoryStore (store: AttemptStore): boolean {
  return memoryStores.has(store)
}

/** What a finished run takes beside its texts: 470 bytes measured on Node.js 20 to 24, rounded up. */
const ENTRY_BYTES = 600

interface Entry {
  readonly key: string
  outcome: Outcome | { state: 'running' }
  /** Made for the first who waits. */
  whenDecided: Promise<Outcome> | undefined
  decided: ((outcome: Outcome) => void) | undefined
  /** Its handler has ended; an acknowledged one may run on. */
  ended: boolean
  /** An attempt went away with the outcome. */
  answered: boolean
  attempts: number
  attached: number
  /** By `performance.now()`, as `keepUntil`. */
  leftAt: number
  keepUntil: number
  bytes: number
  /** It counts against the bound. */
  remembered: boolean
}

function createEntry (key: string, keepUntil: number, attempts: number): Entry {
  return {
    key,
    outcome: { state: 'running' },
    whenDecided: undefined,
    decided: undefined,
    ended: false,
    answered: false,
    attempts,
    attached: 0,
    leftAt: performance.now(),
    keepUntil,
    bytes: 0,
    remembered: false
  }
}

async function whenDecided (entry: Entry): Promise<Outcome> {
  if (entry.outcome.state !== 'running') return entry.outcome
  return await (entry.whenDecided ??= new Promise<Outcome>(resolve => { entry.decided = resolve }))
}

/** To the last millisecond: a request that is on the edge of the tolerance still passes. */
function expired ({ keepUntil }: Entry): boolean {
  return keepUntil < performance.now()
}
