import type { Commands, KnownRun } from './commands.js'

/** A run whose handler runs in this process. */
export interface HeldRun extends KnownRun {
  /** How many attempts in this process wait for it. */
  attached: number
  /** When an attempt was last there, as far as known here, on the clock of `performance.now()`. */
  attachedAt: number
  renewing: boolean
}

/** The runs of this process, whose leases are renewed three times in their length. */
export interface Leases {
  hold (run: HeldRun): void
  release (run: HeldRun): void
  /** The run of an owner, where it runs here. */
  of (owner: string): HeldRun | undefined
  /** The owner of the run of a key, where it runs here. */
  ownerOf (key: string): string | undefined
  renew (): void
  close (): void
}

export interface LeasesOptions {
  renew: Commands['renew']
  /** Milliseconds. */
  lease: number
  /** Another process has taken the run over. */
  onLost (run: HeldRun): void
}

export function createLeases ({ renew, lease, onLost }: LeasesOptions): Leases {
  const held = new Map<string, HeldRun>()
  const owners = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  function renewOne (run: HeldRun): void {
    // While Redis hangs, one renewal waits for it, not one more with every tick.
    if (run.renewing) return
    run.renewing = true
    renew(run).then(({ state, sinceAttached }) => {
      if (!held.has(run.owner)) return
      if (sinceAttached !== undefined) run.attachedAt = Math.max(run.attachedAt, performance.now() - sinceAttached)
      if (state === 'running') return
      leases.release(run)
      if (state === 'lost') onLost(run)
    }, () => {}).finally(() => { run.renewing = false })
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
    ownerOf: key => owners.get(key),
    renew () { for (const run of held.values()) renewOne(run) },

    close () {
      clearInterval(timer)
      timer = undefined
    }
  }
  return leases
}
