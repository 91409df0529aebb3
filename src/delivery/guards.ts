import { setTimeout as sleep } from 'node:timers/promises'
import { letGo, type Attempt, type OwnedRun } from './attempts.js'
import type { Asker, StoreAccess } from './store-access.js'
import { STORE_TIMEOUT } from './store-access.js'

/**
 * The messages that this process has promised to handle although another process runs their handlers: it has
 * acknowledged them, or WeCom has hung up on it. Where the other process dies, the handler runs here.
 */
export interface Guards<A extends Asker> {
  /** Once its request is over; `acknowledged`: WeCom has had its empty answer from here. */
  keep (key: string, attempt: Attempt, asker: A, acknowledged: boolean): void
  readonly size: number
  /** Resolves once those that are kept now are handled, or in the hands of this process. */
  ended (): Promise<void>
  close (): void
}

export interface GuardsOptions<A extends Asker> {
  access: StoreAccess
  /** Runs the handler here. */
  takeOver (attempt: Attempt, owned: OwnedRun, key: string, asker: A, acknowledged: boolean): void
}

/** How long after a store that failed is asked again, milliseconds. */
const PAUSE = 1_000

export function createGuards<A extends Asker> ({ access, takeOver }: GuardsOptions<A>): Guards<A> {
  /** By key: whether it was acknowledged from here. */
  const kept = new Map<string, { acknowledged: boolean, end: Promise<void> }>()
  const state = { closed: false }

  async function watch (key: string, first: Attempt, asker: A, promise: { acknowledged: boolean }): Promise<void> {
    let attempt = first
    while (!state.closed) {
      const end = await attempt.watch?.()
      if (end !== 'lost' || state.closed) return
      attempt = await attachAgain(key, asker)
      if (state.closed && attempt.run !== undefined) {
        // Its lease must not be renewed for a handler that never runs.
        attempt.detach()
        letGo(attempt.run)
        asker.warn('the server closed before it could handle a message of a process that died')
      }
      if (state.closed) return
      if (attempt.run !== undefined) {
        takeOver(attempt, attempt.run, key, asker, promise.acknowledged)
        return
      }
      attempt.detach()
    }
  }

  async function attachAgain (key: string, asker: A): Promise<Attempt> {
    for (;;) {
      try {
        return await access.attach(asker, key, STORE_TIMEOUT)
      } catch (error) {
        if (state.closed) throw error
        await sleep(PAUSE, undefined, { ref: false })
      }
    }
  }

  return {
    keep (key, attempt, asker, acknowledged) {
      const known = kept.get(key)
      if (known !== undefined) {
        known.acknowledged ||= acknowledged
        return
      }
      const promise = { acknowledged, end: Promise.resolve() }
      kept.set(key, promise)
      promise.end = watch(key, attempt, asker, promise)
        .catch((cause: unknown) => {
          if (!state.closed) {
            asker.warn('a message of a process that died could not be taken over', cause)
          }
        })
        .finally(() => { kept.delete(key) })
    },
    get size () { return kept.size },
    async ended () { await Promise.all([...kept.values()].map(async ({ end }) => { await end })) },
    close () { state.closed = true }
  }
}
