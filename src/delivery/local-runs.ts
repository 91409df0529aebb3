import { withTimeout } from '../support/with-timeout.js'
import type { OwnedRun, Settlement } from './attempts.js'
import { STORE_TIMEOUT } from './store-access.js'
import { RETRY_GAP } from './wecom-times.js'

/**
 * The runs of this process that have not ended, by key. Generic, as run.ts imports this file.
 *
 * Nearly all end in the turn of the event loop in which they began. A Map that each of them enters and leaves would
 * keep their requests alive long after: V8 replaces its table all the time, and each table it has replaced holds on to
 * the next. So those that are new stand in a list, which is short, and only the others in a Map.
 */
export class Running<R extends { readonly key: string }> {
  readonly #begun: R[] = []
  readonly #outlived = new Map<string, R>()

  get size (): number {
    return this.#begun.length + this.#outlived.size
  }

  of (key: string): R | undefined {
    for (const run of this.#begun) if (run.key === key) return run
    return this.#outlived.get(key)
  }

  all (): R[] {
    return [...this.#begun, ...this.#outlived.values()]
  }

  begin (run: R): void {
    this.#begun.push(run)
  }

  /** It goes on beyond the turn in which it began. */
  outlive (run: R): void {
    if (this.#leave(run)) this.#outlived.set(run.key, run)
  }

  /** It has ended. */
  end (run: R): void {
    if (!this.#leave(run) && this.#outlived.get(run.key) === run) this.#outlived.delete(run.key)
  }

  #leave (run: R): boolean {
    const at = this.#begun.indexOf(run)
    if (at < 0) return false
    const last = this.#begun.pop() as R
    if (last !== run) this.#begun[at] = last
    return true
  }
}

/** A handler that ended when nobody in this process waited for it. */
export interface UnclaimedRun {
  owned: OwnedRun
  settlement: Settlement
  /** Nobody will ask for it any more. */
  late (): void
  /** An attempt runs the message anew, after a failure that nobody was told of. */
  repeated (): void
  /** The reply goes another way once it is late. */
  withdraw: boolean
}

/**
 * The settlements that no attempt has had yet, each until one has it, or none comes within the time that a retry needs.
 */
export interface Unclaimed {
  add (key: string, run: UnclaimedRun): void
  /** An attempt in this process has the settlement, or runs the message anew. */
  claim (key: string): void
  /** The server closes: what is left is late now. */
  close (milliseconds: number): Promise<void>
}

/** How long another process may take to say that an attempt there has the settlement. Milliseconds. */
const WORD_FROM_ELSEWHERE = 1_000
/** How long the store is asked for at most when the server closes, whatever time is left. Milliseconds. */
const CLOSING_TIMEOUT = 300

export function createUnclaimed (): Unclaimed {
  const pending = new Map<string, { run: UnclaimedRun, timer: NodeJS.Timeout }>()

  /** Takes a run out of the list, unless it was claimed meanwhile. */
  function take (key: string, run: UnclaimedRun): boolean {
    const entry = pending.get(key)
    if (entry?.run !== run) return false
    clearTimeout(entry.timer)
    pending.delete(key)
    return true
  }

  async function decide (key: string, run: UnclaimedRun, time = STORE_TIMEOUT): Promise<void> {
    const { owned, settlement, withdraw } = run
    // Where the store cannot be asked, rather told than lost.
    const collected = await withTimeout(async () => await owned.collected?.(withdraw), time).catch(() => false)
    if (!take(key, run)) return
    if (collected !== true) run.late()
    else if (settlement.state === 'failed') run.repeated()
  }

  return {
    add (key, run) {
      const remaining = Math.max(
        RETRY_GAP - run.owned.idle(),
        run.owned.collected === undefined ? 0 : WORD_FROM_ELSEWHERE
      )
      const timer = setTimeout(() => {
        decide(key, run)
      }, remaining).unref()
      pending.set(key, { run, timer })
    },

    claim (key) {
      const run = pending.get(key)?.run
      if (run !== undefined && take(key, run) && run.settlement.state === 'failed') run.repeated()
    },

    async close (milliseconds) {
      await Promise.all(
        [...pending].map(async ([key, { run }]) => {
          await decide(key, run, Math.min(CLOSING_TIMEOUT, milliseconds))
        })
      )
    }
  }
}
