import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import { isPromise } from '../support/when-ready.js'
import { abandonedAfter, WECOM_WAITS } from './wecom-times.js'

/** The handling of a message, as its handler sees it. */
export interface Run {
  readonly settled: boolean
  /** What holds once the handler has ended: see `OwnedRun.settle`. Made when it is first read. */
  readonly outcome: Promise<Outcome>
  /** Aborts when the server closes and its grace is over, or when nobody can collect the reply any more. */
  readonly signal: AbortSignal
  /** Only the first call counts. */
  settle (settlement: Settlement): void
}

/** The handling of a message, as this process keeps it. */
export interface LocalRun extends Run {
  /** What `outcome` has resolved with. */
  readonly decided: Outcome | undefined
  /** Calls the listener once it is decided, at once where it is. */
  onDecided (listener: (outcome: Outcome) => void): void
  /**
   * Calls the listener once the run is not decided within this turn of the event loop: what only a long wait needs is
   * made then.
   */
  onOutlived (listener: () => void): void
  /** It was begun without the store, so that only this process knows of it. */
  readonly unstored: boolean
  /** An attempt that comes while the store cannot be asked. */
  join (): Attempt
  /** WeCom has had its empty answer, whatever the store could be told of it. */
  acknowledged: boolean
  /** Attempts in this process that wait for it. */
  waiting: number
  /** How many of them have hung up while they waited. */
  hungUp: number
  /** Attempts of WeCom for the message, as far as known here. */
  attempts: number
  /** Milliseconds since the last attempt went away; 0 while one waits. */
  idle (): number
  abort (reason: string): void
  /** Why it was aborted, if it was. */
  readonly abortReason: unknown
  /** A reply that no attempt asks for any more will never be asked for: the handler may stop. */
  abortWhenAbandoned (): void
}

export interface RunOptions {
  owned: OwnedRun
  /** The number of the attempt that begins it. */
  attempts: number
  /** Attempts that wait for it from the start. */
  waiting: number
  unstored: boolean
  /** Writes the settlement to the store and resolves with what holds. */
  record (settlement: Settlement): Outcome | Promise<Outcome>
  /** The handler has taken longer than WeCom waits for one attempt. */
  slow (): void
}

/** Makes the run of an owner. */
export function createRun ({ owned, attempts, waiting, unstored, record, slow }: RunOptions): LocalRun {
  const createdAt = performance.now()
  let controller: AbortController | undefined
  let decided: Outcome | undefined
  let promise: Promise<Outcome> | undefined
  const listeners: Array<(outcome: Outcome) => void> = []
  let outlivedListeners: Array<() => void> | undefined = []
  let settled = false
  let abandonment: NodeJS.Timeout | undefined
  let slowness: NodeJS.Timeout | undefined
  const turn = setImmediate(() => {
    slowness = setTimeout(slow, createdAt + WECOM_WAITS - performance.now()).unref()
    outlive()
  })

  function outlive (): void {
    const waiting = outlivedListeners ?? []
    outlivedListeners = undefined
    for (const listener of waiting) listener()
  }

  function decide (outcome: Outcome): void {
    decided = outcome
    for (const listener of listeners.splice(0)) listener(outcome)
  }

  function onDecided (listener: (outcome: Outcome) => void): void {
    if (decided === undefined) listeners.push(listener)
    else listener(decided)
  }

  async function whenDecided (): Promise<Outcome> {
    return await new Promise(resolve => { onDecided(resolve) })
  }

  /** A logger that throws on the way must not leave the run undecided. */
  function recordSafely (settlement: Settlement): Outcome | Promise<Outcome> {
    try {
      return record(settlement)
    } catch {
      return settlement
    }
  }

  function checkLater (milliseconds: number): void {
    abandonment = setTimeout(() => {
      const remaining = abandonedAfter(run.attempts) - owned.idle()
      if (remaining > 0) checkLater(remaining)
      else run.abort('no retry of WeCom has asked for the reply')
    }, milliseconds).unref()
  }

  const run: LocalRun = {
    unstored,
    acknowledged: owned.acknowledged === true,
    waiting,
    hungUp: 0,
    attempts,
    get outcome () {
      promise ??= whenDecided()
      return promise
    },
    get decided () { return decided },
    onDecided,
    onOutlived (listener) {
      if (outlivedListeners === undefined) listener()
      else outlivedListeners.push(listener)
    },
    get settled () { return settled },
    get signal () {
      controller ??= new AbortController()
      return controller.signal
    },
    settle (settlement) {
      if (settled) return
      settled = true
      clearImmediate(turn)
      clearTimeout(slowness)
      clearTimeout(abandonment)
      const recorded = recordSafely(settlement)
      if (!isPromise(recorded)) {
        decide(recorded)
        return
      }
      recorded.then(decide, () => { decide(settlement) })
      // The store takes its time.
      outlive()
    },
    idle: () => owned.idle(),
    join: () => ({
      number: ++run.attempts,
      run: undefined,
      get outcome () { return run.outcome },
      async acknowledge () {
        run.acknowledged = true
        return { state: 'acknowledged' }
      },
      detach: () => {}
    }),
    abort: reason => {
      controller ??= new AbortController()
      controller.abort(new DOMException(reason, 'AbortError'))
    },
    get abortReason () { return controller?.signal.reason as unknown },
    abortWhenAbandoned () {
      if (settled) return
      clearTimeout(abandonment)
      checkLater(abandonedAfter(run.attempts))
    }
  }
  return run
}
