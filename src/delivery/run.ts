import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import { isPromise } from '../support/is-promise.js'
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
  /** Aborts the signal, whatever the run has come to. */
  abort (reason: string): void
}

/** Who waits for a run. */
export interface RunWaiter {
  /** What the run came to; called once. */
  decided (outcome: Outcome): void
  /**
   * The run is not decided within the turn of the event loop in which it began: what only a long wait needs is made
   * now.
   */
  outlived (): void
}

export interface RunOptions {
  owned: OwnedRun
  /** The number of the attempt that begins it. */
  attempts: number
  /** Attempts that wait for it from the start. */
  waiting: number
  unstored: boolean
}

/** The handling of a message, as this process keeps it. */
export abstract class LocalRun implements Run {
  protected readonly owned: OwnedRun
  /** It was begun without the store, so that only this process knows of it. */
  readonly unstored: boolean
  /** WeCom has had its empty answer, whatever the store could be told of it. */
  acknowledged: boolean
  /** Attempts in this process that wait for it. */
  waiting: number
  /** How many of them have hung up while they waited. */
  hungUp = 0
  /** Attempts of WeCom for the message, as far as known here. */
  attempts: number
  settled = false
  /** What `outcome` has resolved with. */
  decided: Outcome | undefined
  readonly #createdAt = performance.now()
  readonly #waiters: RunWaiter[] = []
  #outlived = false
  #outcome: Promise<Outcome> | undefined
  #controller: AbortController | undefined
  #abandonment: NodeJS.Timeout | undefined
  #slowness: NodeJS.Timeout | undefined
  readonly #turn: NodeJS.Immediate

  constructor ({ owned, attempts, waiting, unstored }: RunOptions) {
    this.owned = owned
    this.unstored = unstored
    this.acknowledged = owned.acknowledged === true
    this.waiting = waiting
    this.attempts = attempts
    this.#turn = setImmediate(endTurn, this)
  }

  /** Writes the settlement to the store and resolves with what holds. */
  protected abstract record (settlement: Settlement): Outcome | Promise<Outcome>

  /** The handler has taken longer than WeCom waits for one attempt. */
  protected abstract slow (): void

  /** It goes on beyond the turn of the event loop in which it began. */
  protected outlives (): void {}

  get outcome (): Promise<Outcome> {
    this.#outcome ??= new Promise(resolve => { this.await({ decided: resolve, outlived () {} }) })
    return this.#outcome
  }

  get signal (): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Why it was aborted, if it was. */
  get abortReason (): unknown {
    return this.#controller?.signal.reason
  }

  /** Milliseconds since the last attempt went away; 0 while one waits. */
  idle (): number {
    return this.owned.idle()
  }

  /** Tells a waiter, at once where there is something to tell. */
  await (waiter: RunWaiter): void {
    if (this.decided !== undefined) {
      waiter.decided(this.decided)
      return
    }
    this.#waiters.push(waiter)
    if (this.#outlived) waiter.outlived()
  }

  settle (settlement: Settlement): void {
    if (this.settled) return
    this.settled = true
    clearImmediate(this.#turn)
    clearTimeout(this.#slowness)
    clearTimeout(this.#abandonment)
    const recorded = this.#recordSafely(settlement)
    if (!isPromise(recorded)) {
      this.#decide(recorded)
      return
    }
    recorded.then(outcome => { this.#decide(outcome) }, () => { this.#decide(settlement) })
    // The store takes its time.
    this.#outlive()
  }

  /** An attempt that comes while the store cannot be asked. */
  join (): Attempt {
    const run = this
    return {
      number: ++run.attempts,
      run: undefined,
      get outcome () { return run.outcome },
      async acknowledge () {
        run.acknowledged = true
        return { state: 'acknowledged' }
      },
      detach () {}
    }
  }

  abort (reason: string): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(new DOMException(reason, 'AbortError'))
  }

  /** A reply that no attempt asks for any more will never be asked for: the handler may stop. */
  abortWhenAbandoned (): void {
    if (this.settled) return
    clearTimeout(this.#abandonment)
    this.#abortAfter(abandonedAfter(this.attempts))
  }

  /** Called at the end of the turn in which it began, if it is not settled by then. */
  endTurn (): void {
    this.#slowness = setTimeout(() => { this.slow() }, this.#createdAt + WECOM_WAITS - performance.now()).unref()
    this.#outlive()
  }

  #outlive (): void {
    if (this.#outlived) return
    this.#outlived = true
    this.outlives()
    for (const waiter of this.#waiters) waiter.outlived()
  }

  #decide (outcome: Outcome): void {
    this.decided = outcome
    for (const waiter of this.#waiters.splice(0)) waiter.decided(outcome)
  }

  /** A logger that throws on the way must not leave the run undecided. */
  #recordSafely (settlement: Settlement): Outcome | Promise<Outcome> {
    try {
      return this.record(settlement)
    } catch {
      return settlement
    }
  }

  #abortAfter (milliseconds: number): void {
    this.#abandonment = setTimeout(() => {
      const remaining = abandonedAfter(this.attempts) - this.idle()
      if (remaining > 0) this.#abortAfter(remaining)
      else this.abort('no retry of WeCom has asked for the reply')
    }, milliseconds).unref()
  }
}

function endTurn (run: LocalRun): void {
  run.endTurn()
}

export interface KeyedRun extends LocalRun {
  readonly key: string
}

/**
 * The runs of this process that have not ended, by key.
 *
 * Nearly all end in the turn of the event loop in which they began. A Map that each of them enters and leaves would
 * keep their requests alive long after: V8 replaces its table all the time, and each table it has replaced holds on to
 * the next. So those that are new stand in a list, which is short, and only the others in a Map.
 */
export class Running {
  readonly #begun: KeyedRun[] = []
  readonly #outlived = new Map<string, KeyedRun>()

  get size (): number {
    return this.#begun.length + this.#outlived.size
  }

  of (key: string): KeyedRun | undefined {
    for (const run of this.#begun) if (run.key === key) return run
    return this.#outlived.get(key)
  }

  all (): KeyedRun[] {
    return [...this.#begun, ...this.#outlived.values()]
  }

  begin (run: KeyedRun): void {
    this.#begun.push(run)
  }

  /** It goes on beyond the turn in which it began. */
  outlive (run: KeyedRun): void {
    if (this.#leave(run)) this.#outlived.set(run.key, run)
  }

  /** It has ended. */
  end (run: KeyedRun): void {
    if (!this.#leave(run) && this.#outlived.get(run.key) === run) this.#outlived.delete(run.key)
  }

  #leave (run: KeyedRun): boolean {
    const at = this.#begun.indexOf(run)
    if (at < 0) return false
    const last = this.#begun.pop() as KeyedRun
    if (last !== run) this.#begun[at] = last
    return true
  }
}
