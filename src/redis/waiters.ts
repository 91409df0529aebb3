import type { Outcome } from '../delivery/attempts.js'
import { outcomeOf, type Commands } from './commands.js'

/** An attach that is under way: what was decided meanwhile is not known yet to concern it. */
export interface Coming {
  /** There may have been a message that it would have waited for. */
  missed: boolean
  end (): void
}

/** A place among those who wait for a run. */
export interface Waiting {
  readonly outcome: Promise<Outcome>
  leave (): void
}

/** Those in this process who wait for a run, wherever it runs. */
export interface Waiters {
  /** To be called before the attach, so that no message falls between it and `join`. */
  expect (key: string): Coming
  join (key: string, owner: string, leaseLeft: number, missed: boolean): Waiting
  /** This process knows what the run of an owner came to. */
  decide (owner: string, outcome: Outcome): void
  /** Redis says that the run of an owner is decided. */
  receive (state: string, owner: string, key: string): void
  /** Messages may have been lost: looks after every run once. */
  recheck (): void
  /** All who wait get `lost`. */
  close (): void
}

export interface WaitersOptions {
  look: Commands['look']
  /** Milliseconds; how long to wait until the next look where Redis did not answer. */
  lease: number
  /** A run was decided and no message said so. */
  onMissed (): void
}

/** Redis' clock and a timer here tick apart by a little, and a renewal may be on its way. Milliseconds. */
const MARGIN = 20

export function createWaiters ({ look, lease, onMissed }: WaitersOptions): Waiters {
  /** By owner: those who wait for its run, with one timer for all. */
  const groups = new Map<string, Group>()
  const comings = new Map<string, Set<Coming>>()
  let closed = false

  function resolve (group: Group, outcome: Outcome): void {
    clearTimeout(group.timer)
    groups.delete(group.owner)
    for (const wake of group.waiting) wake(outcome)
  }

  function lookLater (group: Group, milliseconds: number): void {
    clearTimeout(group.timer)
    group.timer = setTimeout(() => { lookNow(group, 'lease over') }, milliseconds + MARGIN)
    group.timer.unref()
  }

  function lookNow (group: Group, reason: 'lease over' | 'told' | 'may have missed'): void {
    look(group.key, group.owner).then(sight => {
      if (groups.get(group.owner) !== group) return
      if (sight.state === 'running') {
        group.gone = false
        lookLater(group, sight.leaseLeft)
      } else if (sight.state === 'gone') {
        // A Redis that came back empty gets the run again with the owner's next renewal, unless the owner is dead.
        if (reason !== 'lease over') return
        if (group.gone) resolve(group, { state: 'lost' })
        else lookLater(group, lease)
        group.gone = true
      } else {
        resolve(group, sight)
        if (reason === 'lease over' && sight.state !== 'lost') onMissed()
      }
    }, () => {
      if (groups.get(group.owner) === group) lookLater(group, lease)
    })
  }

  function mark (coming: Iterable<Coming>): void {
    for (const attach of coming) attach.missed = true
  }

  return {
    expect (key) {
      const set = comings.get(key) ?? new Set()
      comings.set(key, set)
      const coming: Coming = {
        missed: false,
        end () {
          set.delete(coming)
          if (set.size === 0 && comings.get(key) === set) comings.delete(key)
        }
      }
      set.add(coming)
      return coming
    },

    join (key, owner, leaseLeft, missed) {
      if (closed) return decided({ state: 'lost' })
      const group: Group = groups.get(owner) ?? { key, owner, waiting: new Set(), timer: undefined, gone: false }
      groups.set(owner, group)
      let wake = (_outcome: Outcome): void => {}
      const outcome = new Promise<Outcome>(resolve => { wake = resolve })
      group.waiting.add(wake)
      lookLater(group, leaseLeft)
      if (missed) lookNow(group, 'may have missed')
      return {
        outcome,
        leave () {
          group.waiting.delete(wake)
          if (group.waiting.size > 0) return
          clearTimeout(group.timer)
          if (groups.get(owner) === group) groups.delete(owner)
        }
      }
    },

    decide (owner, outcome) {
      const group = groups.get(owner)
      if (group !== undefined) resolve(group, outcome)
    },

    receive (state, owner, key) {
      mark(comings.get(key) ?? [])
      const group = groups.get(owner)
      if (group === undefined) return
      // A reply may be large, and goes only to those who wait for it.
      if (state === 'done') lookNow(group, 'told')
      else resolve(group, outcomeOf(state, ''))
    },

    recheck () {
      for (const set of comings.values()) mark(set)
      for (const group of groups.values()) lookNow(group, 'may have missed')
    },

    close () {
      closed = true
      for (const group of groups.values()) resolve(group, { state: 'lost' })
    }
  }
}

/** What an attempt has that need not wait. */
export function decided (outcome: Outcome): Waiting {
  return { outcome: Promise.resolve(outcome), leave () {} }
}

interface Group {
  readonly key: string
  readonly owner: string
  readonly waiting: Set<(outcome: Outcome) => void>
  timer: NodeJS.Timeout | undefined
  /** Redis knew nothing of it at the last look. */
  gone: boolean
}
