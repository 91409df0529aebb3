import { withTimeout } from '../support/with-timeout.js'
import type { OwnedRun, Settlement } from './attempts.js'
import { STORE_TIMEOUT } from './store-access.js'
import { RETRY_GAP } from './wecom-times.js'

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
  /** By key: whoever runs a message looks here before it calls `claim`. */
  readonly runs: ReadonlyMap<string, unknown>
  add (key: string, run: UnclaimedRun): void
  /** An attempt in this process has the settlement, or runs the message anew. */
  claim (key: string): void
  /** The server closes: what is left is late now. */
  close (milliseconds: number): Promise<void>
}

/** How long another process may take to say that an attempt there has the settlement. Milliseconds. */
const WORD_FROM_ELSEWHERE = 1_000
/** How long the store is asked for at most when the server closes, whatever time is left. Milliseconds. */
const ASKING_TIMEOUT = 300

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
    runs: pending,

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
          await decide(key, run, Math.min(ASKING_TIMEOUT, milliseconds))
        })
      )
    }
  }
}
