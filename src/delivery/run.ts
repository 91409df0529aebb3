import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'

/** WeCom's retries are over by then (page 90238: five seconds, three more times), with room for clocks and queues. */
export const RETRY_WINDOW = 60_000

/** The handling of a message, as its handler sees it. */
export interface Run {
  readonly settled: boolean
  /** What holds once the handler has ended: see `OwnedRun.settle`. */
  readonly outcome: Promise<Outcome>
  /** Aborts when the server closes and its grace is over, or when nobody can collect the reply any more. */
  readonly signal: AbortSignal
  /** Only the first call counts. */
  settle (settlement: Settlement): void
}

/** The handling of a message, as this process keeps it. */
export interface LocalRun extends Run {
  /** It was begun without the store, so that only this process knows of it. */
  readonly unstored: boolean
  /** An attempt that comes while the store cannot be asked. */
  join (): Attempt
  /** WeCom has had its empty answer here, whatever the store could be told of it. */
  acknowledged: boolean
  abort (reason: string): void
  /** A reply that no attempt has asked for during the retry window never will be: the handler may stop. */
  abortWhenAbandoned (): void
}

/** Makes the run of an owner; `record` writes the settlement to the store and resolves with what holds. */
export function createRun (owned: OwnedRun, first: number, unstored: boolean, record: (settlement: Settlement) => Promise<Outcome>): LocalRun {
  const controller = new AbortController()
  let decide: (outcome: Outcome) => void = () => {}
  const outcome = new Promise<Outcome>(resolve => { decide = resolve })
  let attempts = first
  let settled = false
  let timer: NodeJS.Timeout | undefined

  function checkLater (milliseconds: number): void {
    timer = setTimeout(() => {
      const remaining = RETRY_WINDOW - owned.idle()
      if (remaining > 0) checkLater(remaining)
      else run.abort('no retry of WeCom has asked for the reply')
    }, milliseconds)
    timer.unref()
  }

  const run: LocalRun = {
    unstored,
    acknowledged: false,
    outcome,
    get settled () { return settled },
    signal: controller.signal,
    settle (settlement) {
      if (settled) return
      settled = true
      clearTimeout(timer)
      record(settlement).then(decide, () => { decide(settlement) })
    },
    join: () => ({
      number: ++attempts,
      run: undefined,
      outcome,
      async acknowledge () {
        run.acknowledged = true
        return { state: 'acknowledged' }
      },
      detach: () => {}
    }),
    abort: reason => { controller.abort(new DOMException(reason, 'AbortError')) },
    abortWhenAbandoned () {
      if (!settled && timer === undefined) checkLater(RETRY_WINDOW)
    }
  }
  return run
}
