import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import { abandonedAfter, WECOM_WAITS } from './wecom-times.js'

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
  record (settlement: Settlement): Promise<Outcome>
  /** The handler has taken longer than WeCom waits for one attempt. */
  slow (): void
}

/** Makes the run of an owner. */
export function createRun ({ owned, attempts, waiting, unstored, record, slow }: RunOptions): LocalRun {
  const controller = new AbortController()
  let decide: (outcome: Outcome) => void = () => {}
  const outcome = new Promise<Outcome>(resolve => { decide = resolve })
  let settled = false
  let abandonment: NodeJS.Timeout | undefined
  const slowness = setTimeout(slow, WECOM_WAITS).unref()

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
    outcome,
    get settled () { return settled },
    signal: controller.signal,
    settle (settlement) {
      if (settled) return
      settled = true
      clearTimeout(slowness)
      clearTimeout(abandonment)
      record(settlement).then(decide, () => { decide(settlement) })
    },
    idle: () => owned.idle(),
    join: () => ({
      number: ++run.attempts,
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
      if (settled) return
      clearTimeout(abandonment)
      checkLater(abandonedAfter(run.attempts))
    }
  }
  return run
}
