import { createThrottle } from '../support/throttle.js'
import { checkCount, checkNames } from '../support/options.js'
import type { AttachOptions, Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from './attempts.js'

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
 * Remembers runs in this process. It forgets finished runs when their time is up, or the oldest of them earlier when a
 * limit is reached; it never forgets running ones. It knows nothing about other processes or about the time before a
 * restart. Its clock does not jump.
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
  const memory = new Memory(maxBytes, maxEntries)
  const store: AttemptStore = { attach: (key, attach) => detached(memory.attach(key, attach)) }
  memories.set(store, memory)
  return store
}

const memories = new WeakMap<AttemptStore, Memory>()

/** What is behind a store of `memoryStore()`: it cannot fail, nor know less than its process does. */
export function memoryOf (store: AttemptStore): Memory | undefined {
  return memories.get(store)
}

/** Without a prototype's methods, for those who wrap a store and spread what it gives. */
function detached (attempt: Attempt): Attempt {
  const { number, run } = attempt
  return {
    number,
    get outcome () { return attempt.outcome },
    acknowledge: async () => await attempt.acknowledge(),
    detach: answered => { attempt.detach(answered) },
    run: run === undefined ? undefined : detachedRun(run)
  }
}

function detachedRun (run: OwnedRun): OwnedRun {
  return {
    settle: settlement => run.settle(settlement),
    idle: () => run.idle(),
    collected: async withdraw => await run.collected?.(withdraw) ?? false
  }
}

/** What a finished run takes beside its texts: 470 bytes measured on Node.js 20 to 24, rounded up. */
const ENTRY_BYTES = 600

/** The runs of one store. */
export class Memory {
  readonly #maxBytes: number
  readonly #maxEntries: number
  readonly #entries = new Map<string, Entry>()
  /**
   * Those whose handler has ended, oldest first, from `oldest` on; a Map would walk over its deleted entries every
   * time.
   */
  #finished: Array<Entry | undefined> = []
  #oldest = 0
  #count = 0
  #bytes = 0
  readonly #mayWarn = createThrottle()

  constructor (maxBytes: number, maxEntries: number) {
    this.#maxBytes = maxBytes
    this.#maxEntries = maxEntries
  }

  attach (key: string, options: AttachOptions): Attempt {
    const now = performance.now()
    const keepUntil = now + options.keepUntil - Date.now()
    const known = this.#entries.get(key)
    if (known !== undefined && known.outcome.state !== 'failed' && (!known.ended || !known.expired(now))) {
      known.keepUntil = Math.max(known.keepUntil, Math.ceil(keepUntil))
      return new MemoryAttempt(known, undefined)
    }
    if (known !== undefined) this.#forget(known)
    // After a failure the key is free, but the count of attempts goes on.
    const attempts = known?.outcome.state === 'failed' ? known.attempts : 0
    const entry = new Entry(this, key, keepUntil, attempts, now, options)
    this.#entries.set(key, entry)
    return new MemoryAttempt(entry, entry)
  }

  /** The entry that stands for a key now. */
  at (key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** The handler of an entry has ended: it counts from now on. */
  remember (entry: Entry, options: AttachOptions): void {
    const now = performance.now()
    entry.bytes =
      ENTRY_BYTES + 2 * (entry.key.length + (entry.outcome.state === 'done' ? entry.outcome.reply.length : 0))
    if (entry.expired(now)) {
      this.#forget(entry)
      return
    }
    if (entry.bytes > this.#maxBytes) {
      // Rather this one than all the others.
      this.#forget(entry)
      if (this.#mayWarn('large')) {
        options.warn(
          'a reply is larger than maxBytes of the memory store: its message is not remembered, and is handled again ' +
            'if WeCom repeats it; raise maxBytes'
        )
      }
      return
    }
    entry.remembered = true
    this.#bytes += entry.bytes
    this.#count++
    this.#finished.push(entry)
    this.#shrink(now, options)
  }

  #shrink (now: number, options: AttachOptions): void {
    const finished = this.#finished
    for (; this.#oldest < finished.length; finished[this.#oldest++] = undefined) {
      const next = finished[this.#oldest]
      if (next?.remembered !== true) continue
      const over = next.expired(now)
      if (!over && this.#bytes <= this.#maxBytes && this.#count <= this.#maxEntries) break
      this.#forget(next)
      if (!over && this.#mayWarn('full')) {
        options.warn(
          'the memory store is full and forgets messages early: if WeCom repeats one, it may be handled again; ' +
            'raise maxBytes and maxEntries, or use redisStore()'
        )
      }
    }
    if (this.#oldest < 1_000 || this.#oldest < finished.length / 2) return
    this.#finished = finished.slice(this.#oldest)
    this.#oldest = 0
  }

  #forget (entry: Entry): void {
    if (entry.remembered) {
      entry.remembered = false
      this.#bytes -= entry.bytes
      this.#count--
    }
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
  }
}

/** One run, and what it came to. */
class Entry implements OwnedRun {
  readonly key: string
  readonly #memory: Memory
  /** For words to the operator; dropped once the run has ended, as it may hold on to a whole request. */
  #options: AttachOptions | undefined
  outcome: Outcome | { state: 'running' } = RUNNING
  /** Made for the first who waits. */
  #whenDecided: Promise<Outcome> | undefined
  #decided: ((outcome: Outcome) => void) | undefined
  /** An attempt went away with the outcome. */
  answered = false
  attempts: number
  attached = 0
  /** By `performance.now()`, as `keepUntil`; whole numbers, as V8 keeps others beside the object, one by one. */
  leftAt: number
  keepUntil: number
  bytes = 0
  /** It counts against the bound. */
  remembered = false

  constructor (
    memory: Memory, key: string, keepUntil: number, attempts: number, now: number, options: AttachOptions
  ) {
    this.#memory = memory
    this.key = key
    this.keepUntil = Math.ceil(keepUntil)
    this.attempts = attempts
    this.leftAt = Math.floor(now)
    this.#options = options
  }

  /** Its handler has ended; an acknowledged one may run on. */
  get ended (): boolean {
    return this.#options === undefined
  }

  /** To the last millisecond: a request that is on the edge of the tolerance still passes. */
  expired (now: number): boolean {
    return this.keepUntil < now
  }

  decide (outcome: Outcome): Outcome {
    if (this.outcome.state === 'running') {
      this.outcome = outcome
      this.#decided?.(outcome)
    }
    return this.outcome as Outcome
  }

  async whenDecided (): Promise<Outcome> {
    if (this.outcome.state !== 'running') return this.outcome
    return await (this.#whenDecided ??= new Promise<Outcome>(resolve => { this.#decided = resolve }))
  }

  settle (settlement: Settlement): Outcome {
    const holds = this.decide(settlement)
    const options = this.#options
    if (options !== undefined) {
      this.#options = undefined
      this.#memory.remember(this, options)
    }
    return holds
  }

  idle (): number {
    return this.attached > 0 ? 0 : performance.now() - this.leftAt
  }

  async collected (withdraw: boolean): Promise<boolean> {
    if (this.outcome.state === 'failed') {
      const now = this.#memory.at(this.key)
      return now !== undefined && now !== this
    }
    if (!this.answered && withdraw) this.outcome = { state: 'acknowledged' }
    return this.answered
  }
}

const RUNNING = { state: 'running' } as const

class MemoryAttempt implements Attempt {
  readonly number: number
  readonly run: OwnedRun | undefined
  readonly #entry: Entry
  #detached = false

  constructor (entry: Entry, run: OwnedRun | undefined) {
    this.number = ++entry.attempts
    this.run = run
    this.#entry = entry
    entry.attached++
  }

  get outcome (): Promise<Outcome> {
    return this.#entry.whenDecided()
  }

  async acknowledge (): Promise<Outcome> {
    return this.#entry.decide({ state: 'acknowledged' })
  }

  detach (answered = false): void {
    if (this.#detached) return
    this.#detached = true
    this.#entry.attached--
    this.#entry.leftAt = Math.floor(performance.now())
    if (answered) this.#entry.answered = true
  }
}
