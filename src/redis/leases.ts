import type { Outcome, Settlement } from '../delivery/attempts.js'
import type { Commands, KnownRun, Renewal } from './commands.js'

/** A run whose handler runs in this process, or has ended without Redis knowing it yet. */
export interface HeldRun extends KnownRun {
  acknowledged: boolean
  /** How many attempts there have been, as far as known here. */
  seen: number
  /** How many attempts in this process wait for it. */
  attached: number
  /** When the last attempt went away, as far as known here, on the clock of `performance.now()`. */
  leftAt: number
  /** The handler has ended: what Redis is to be told until it has taken it. */
  ending?: { settlement: Settlement, until: number } | undefined
  /** What it has come to, for who asks only now: its own attempt waits for nothing unless its outcome is read. */
  decided?: Outcome | undefined
  /** A command is on its way. */
  busy: boolean
}

/** The runs of this process, whose leases are renewed three times in their length. */
export interface Leases {
  hold (run: HeldRun): void
  release (run: HeldRun): void
  /** The run of an owner, where it runs here. */
  of (owner: string): HeldRun | undefined
  all (): Iterable<HeldRun>
  /** The owner of the run of a key, where it runs here. */
  ownerOf (key: string): string | undefined
  renew (): void
  close (): void
}

export interface LeasesOptions {
  commands: Pick<Commands, 'renew' | 'settle'>
  /** Milliseconds. */
  lease: number
  /** Another process has taken the run over. */
  onLost (run: HeldRun): void
  /** Redis has taken an ending that it had refused before, or knows another. */
  onSettled (run: HeldRun, outcome: Outcome): void
}

/** How long WeCom waits for an attempt elsewhere of which nothing more is heard. Milliseconds. */
const ATTEMPT_ELSEWHERE = 5_000

export function createLeases ({ commands, lease, onLost, onSettled }: LeasesOptions): Leases {
  const held = new Map<string, HeldRun>()
  const owners = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  /** While Redis hangs, one command of a run waits for it, not one more with every tick. */
  function tell (run: HeldRun): void {
    if (run.busy) return
    run.busy = true
    const { ending } = run
    const told =
      ending === undefined
        ? commands.renew(run).then(renewal => {
          renewed(run, renewal)
        })
        : settleAgain(run, ending)
    told
      .catch(() => {})
      .finally(() => {
        run.busy = false
      })
  }

  function renewed (run: HeldRun, renewal: Renewal): void {
    if (!held.has(run.owner)) return
    if (renewal.state === 'open') {
      if (renewal.attempts > run.seen && renewal.sinceAttached !== undefined) {
        run.seen = renewal.attempts
        run.leftAt = Math.max(run.leftAt, performance.now() - renewal.sinceAttached + ATTEMPT_ELSEWHERE)
      }
      return
    }
    leases.release(run)
    if (renewal.state === 'lost') onLost(run)
  }

  async function settleAgain (run: HeldRun, { settlement, until }: NonNullable<HeldRun['ending']>): Promise<void> {
    if (performance.now() > until) { leases.release(run); return }
    const outcome = await commands.settle(run, settlement)
    if (!held.has(run.owner)) return
    leases.release(run)
    onSettled(run, outcome)
  }

  const leases: Leases = {
    hold (run) {
      held.set(run.owner, run)
      owners.set(run.key, run.owner)
      timer ??= setInterval(leases.renew, lease / 3).unref()
    },

    release (run) {
      held.delete(run.owner)
      if (owners.get(run.key) === run.owner) owners.delete(run.key)
      if (held.size === 0) leases.close()
    },

    of: owner => held.get(owner),
    all: () => held.values(),
    ownerOf: key => owners.get(key),
    renew () { for (const run of held.values()) tell(run) },

    close () {
      clearInterval(timer)
      timer = undefined
    }
  }
  return leases
}
