import type { Outcome } from '../delivery/attempts.js'
import { outcomeOf, type Commands, type Sight } from './commands.js'

/** The attaches for a key that are under way: what was decided meanwhile is not known yet to concern them. */
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

/** How the handler of a run ends, for who watches it: `lost` where its process has died. */
export type End = 'ended' | 'lost'

/** Those in this process who wait for a run, wherever it runs: for its outcome, or for its handler's end. */
export interface Waiters {
  /** To be called before the attach, so that no message falls between it and `join`. */
  expect (key: string): Coming
  join (key: string, owner: string, leaseLeft: number, missed: boolean): Waiting
  /** Waits for the end of the handler, which an acknowledgement is not. */
  watch (key: string, owner: string, leaseLeft: number): Promise<End>
  /** This process knows what the run of an owner came to. `open`: its handler may go on. */
  decide (owner: string, outcome: Outcome, open?: boolean): void
  /** Redis says that the run of an owner is decided, or its handler has ended. */
  receive (word: string, owner: string, key: string): void
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
  const comings = new Map<string, KeyComing>()
  let closed = false

  function groupOf (key: string, owner: string): Group {
    const group: Group = groups.get(owner) ?? {
      key,
      owner,
      waiting: new Set(),
      watching: new Set(),
      timer: undefined,
      gone: false
    }
    groups.set(owner, group)
    return group
  }

  function drop (group: Group): void {
    if (group.waiting.size > 0 || group.watching.size > 0) return
    clearTimeout(group.timer)
    if (groups.get(group.owner) === group) groups.delete(group.owner)
  }

  function wake (group: Group, outcome: Outcome, open: boolean): void {
    for (const resolve of group.waiting) resolve(outcome)
    group.waiting.clear()
    if (!open) {
      for (const resolve of group.watching) resolve(outcome.state === 'lost' ? 'lost' : 'ended')
      group.watching.clear()
    }
    drop(group)
  }

  function lookLater (group: Group, milliseconds: number): void {
    clearTimeout(group.timer)
    group.timer = setTimeout(() => { lookNow(group, 'lease over') }, milliseconds + MARGIN)
    group.timer.unref()
  }

  function lookNow (group: Group, reason: 'lease over' | 'told' | 'may have missed'): void {
    look(group.key, group.owner).then(sight => {
      if (groups.get(group.owner) === group) {
        seen(group, sight, reason)
      }
    }, () => {
      if (groups.get(group.owner) === group) lookLater(group, lease)
    })
  }

  function seen (group: Group, sight: Sight, reason: 'lease over' | 'told' | 'may have missed'): void {
    const { state, leaseLeft = 0 } = sight
    if (state === 'gone') {
      // A Redis that came back empty gets the run again with the owner's next renewal, unless the owner is dead.
      if (reason !== 'lease over') return
      if (group.gone) wake(group, { state: 'lost' }, false)
      else lookLater(group, lease)
      group.gone = true
      return
    }
    group.gone = false
    if (state === 'running') {
      lookLater(group, leaseLeft)
      return
    }
    const open = leaseLeft > 0
    const missed = reason === 'lease over' && state !== 'lost' && (group.waiting.size > 0 || !open)
    wake(group, outcomeOf(state, sight.state === 'done' ? sight.reply : ''), open)
    if (open && groups.get(group.owner) === group) lookLater(group, leaseLeft)
    if (missed) onMissed()
  }

  return {
    expect (key) {
      let coming = comings.get(key)
      if (coming === undefined) comings.set(key, coming = new KeyComing(key, comings))
      coming.count++
      return coming
    },

    join (key, owner, leaseLeft, missed) {
      if (closed) return decided({ state: 'lost' })
      const group = groupOf(key, owner)
      let resolve = (_outcome: Outcome): void => {}
      const outcome = new Promise<Outcome>(_resolve => { resolve = _resolve })
      group.waiting.add(resolve)
      lookLater(group, leaseLeft)
      if (missed) lookNow(group, 'may have missed')
      return {
        outcome,
        leave () {
          if (group.waiting.delete(resolve)) drop(group)
        }
      }
    },

    async watch (key, owner, leaseLeft) {
      if (closed) return 'lost'
      const group = groupOf(key, owner)
      return await new Promise(resolve => {
        group.watching.add(resolve)
        if (group.timer === undefined) lookLater(group, leaseLeft)
      })
    },

    decide (owner, outcome, open = false) {
      const group = groups.get(owner)
      if (group !== undefined) wake(group, outcome, open)
    },

    receive (word, owner, key) {
      const coming = comings.get(key)
      if (coming !== undefined) coming.missed = true
      const group = groups.get(owner)
      if (group === undefined) return
      // A reply may be large, and goes only to those who wait for it.
      if (word === 'done' && group.waiting.size > 0) lookNow(group, 'told')
      else {
        wake(
          group,
          word === 'ended' || word === 'done' ? { state: 'acknowledged' } : outcomeOf(word, ''),
          word === 'acknowledged'
        )
      }
    },

    recheck () {
      for (const coming of comings.values()) coming.missed = true
      for (const group of groups.values()) lookNow(group, 'may have missed')
    },

    close () {
      closed = true
      for (const group of groups.values()) wake(group, { state: 'lost' }, false)
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
  readonly watching: Set<(end: End) => void>
  timer: NodeJS.Timeout | undefined
  /** Redis knew nothing of it at the last look. */
  gone: boolean
}

/** One for all attaches of a key: one that began after the message looks once in vain. */
class KeyComing implements Coming {
  missed = false
  count = 0

  constructor (private readonly key: string, private readonly comings: Map<string, Coming>) {}

  end (): void {
    if (--this.count === 0) this.comings.delete(this.key)
  }
}
