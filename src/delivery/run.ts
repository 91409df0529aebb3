import { withTimeout } from '../support/with-timeout.js'
import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import type { Delivery, Run } from './delivery.js'
import type { StoreAccess } from './store-access.js'
import type { Unclaimed } from './unclaimed.js'
import { abandonedAfter, WECOM_WAITS } from './wecom-times.js'

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

/** What all runs of a deliverer share. */
export interface RunOptions {
  /** What runs in this process, by key. */
  running: Running
  unclaimed: Unclaimed
  access: Pick<StoreAccess, 'memory' | 'isUnstored' | 'remember'>
  /** Milliseconds that the store has now for a settlement. */
  settleTime (): number
}

/** The beginning of a run. */
export interface RunStart {
  /** The attempt that begins it, and what the store gave it to run. */
  attempt: Attempt
  owned: OwnedRun
  /** Which request of WeCom this is; attaching again after a lost run is no new one. */
  number: number
  /** How many attempts wait for it from the start; a handler may end at once. */
  waiting: number
  key: string
  delivery: Delivery
  /** WeCom has had its empty answer from this process. */
  acknowledged?: boolean
}

/** Starts the handler of a message whose run this process owns. */
export function startRun (options: RunOptions, start: RunStart): LocalRun {
  const run = new LocalRun(options, start)
  options.running.begin(run)
  if (options.unclaimed.runs.has(start.key)) options.unclaimed.claim(start.key)
  start.delivery.start(run, start.number)
  return run
}

/** The handling of a message, as this process keeps it. */
export class LocalRun implements Run {
  readonly key: string
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
  /** What it has come to; `outcome` resolves with it. */
  decided: Outcome | undefined
  readonly #options: RunOptions
  readonly #owned: OwnedRun
  readonly #delivery: Delivery
  readonly #createdAt = performance.now()
  readonly #waiters: RunWaiter[] = []
  #outlived = false
  #outcome: Promise<Outcome> | undefined
  #controller: AbortController | undefined
  #abandonment: NodeJS.Timeout | undefined
  #slowness: NodeJS.Timeout | undefined
  readonly #turn: NodeJS.Immediate

  constructor (options: RunOptions, { attempt, owned, number, waiting, key, delivery, acknowledged }: RunStart) {
    this.#options = options
    this.#owned = owned
    this.#delivery = delivery
    this.key = key
    // A store that is memory of this process cannot fail, so there is nothing to look up.
    this.unstored = options.access.memory === undefined && options.access.isUnstored(attempt)
    this.acknowledged = acknowledged === true || owned.acknowledged === true
    this.waiting = waiting
    this.attempts = number
    this.#turn = setImmediate(endTurn, this)
  }

  get outcome (): Promise<Outcome> {
    this.#outcome ??= new Promise(resolve => { this.await({ decided: resolve, outlived () {} }) })
    return this.#outcome
  }

  get signal (): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Milliseconds since the last attempt went away; 0 while one waits. */
  idle (): number {
    return this.#owned.idle()
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
    // Counted now: once the store has the settlement, those who wait are answered and leave.
    const { waiting, hungUp } = this
    const outcome = this.#store(settlement)
    if (isOutcome(outcome)) {
      this.#end(settlement, outcome, waiting, hungUp)
      return
    }
    outcome.then(outcome => { this.#end(settlement, outcome, waiting, hungUp) })
    // The store takes its time.
    this.#outlive()
  }

  /** Gives the store the settlement, and gives what holds then. Neither throws nor rejects. */
  #store (settlement: Settlement): Outcome | Promise<Outcome> {
    try {
      const outcome = this.#owned.settle(settlement)
      if (isOutcome(outcome)) return outcome
      return withTimeout(async () => outcomeOf(await outcome), this.#options.settleTime())
        .catch((cause: unknown) => this.#storeFails(settlement, cause))
    } catch (cause) {
      return this.#storeFails(settlement, cause)
    }
  }

  #storeFails (settlement: Settlement, cause: unknown): Outcome {
    try {
      this.#delivery.warn('the store did not accept the answer: a repeated message may be handled again', cause)
    } catch {
      // A logger that throws: the run has ended all the same.
    }
    return settlement
  }

  #end (settlement: Settlement, outcome: Outcome, waiting: number, hungUp: number): void {
    let holds: Outcome = settlement
    try {
      holds = this.#recorded(settlement, outcome, waiting, hungUp)
    } catch {
      // A logger that throws on the way must not leave the run undecided.
    }
    this.decided = holds
    for (const waiter of this.#waiters.splice(0)) waiter.decided(holds)
  }

  /** What holds, now that the store has the settlement or cannot take it. */
  #recorded (settlement: Settlement, outcome: Outcome, waiting: number, hungUp: number): Outcome {
    const { running, access, unclaimed } = this.#options
    const [key, delivery] = [this.key, this.#delivery]
    running.end(this)
    // Lost: another process took over while this one was slow. Its answer counts there, this one is as good here.
    if (outcome.state === 'lost') return settlement
    if (outcome.state === 'acknowledged' || this.acknowledged) {
      access.remember(key, { outcome: { state: 'acknowledged' }, attempts: this.attempts }, delivery.keepUntil)
      this.#late(settlement, true)
      return { state: 'acknowledged' }
    }
    if (settlement.state === 'done' && access.memory === undefined) {
      access.remember(key, { outcome: settlement, attempts: this.attempts }, delivery.keepUntil)
    }
    const worthTelling = settlement.state === 'failed' || settlement.reply !== ''
    // Who hung up while the store took it has nothing.
    const hungUpMeanwhile = this.hungUp - hungUp
    const nobodyWaits = waiting <= hungUpMeanwhile
    if (worthTelling && nobodyWaits) {
      unclaimed.add(key, {
        owned: this.#owned,
        settlement,
        late: () => { this.#late(settlement, false) },
        repeated: () => { delivery.repeated() },
        withdraw: delivery.takesLateReplies
      })
    }
    return outcome
  }

  #late (settlement: Settlement, acknowledged: boolean): void {
    this.#delivery.late(settlement, { acknowledged, reason: this.#controller?.signal.reason })
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
  abortWhenAbandoned (milliseconds = abandonedAfter(this.attempts)): void {
    if (this.settled) return
    clearTimeout(this.#abandonment)
    this.#abandonment = setTimeout(() => {
      const remaining = abandonedAfter(this.attempts) - this.idle()
      if (remaining > 0) this.abortWhenAbandoned(remaining)
      else this.abort('no retry of WeCom has asked for the reply')
    }, milliseconds).unref()
  }

  /** Called at the end of the turn in which it began, if it is not settled by then. */
  endTurn (): void {
    const left = this.#createdAt + WECOM_WAITS - performance.now()
    this.#slowness = setTimeout(() => { this.#delivery.slow() }, left).unref()
    this.#outlive()
  }

  #outlive (): void {
    if (this.#outlived) return
    this.#outlived = true
    // One that is settled ends as soon as the store has it.
    if (!this.settled) {
      this.#options.running.outlive(this)
      this.#delivery.outlives?.()
    }
    for (const waiter of this.#waiters) waiter.outlived()
  }
}

/** A store without types may give anything. */
function isOutcome (given: Outcome | Promise<Outcome>): given is Outcome {
  return typeof given === 'object' && given !== null && 'state' in given
}

function outcomeOf (given: Outcome): Outcome {
  if (isOutcome(given)) return given
  throw new TypeError('settle() of the store gave no outcome')
}

function endTurn (run: LocalRun): void {
  run.endTurn()
}

/**
 * The runs of this process that have not ended, by key.
 *
 * Nearly all end in the turn of the event loop in which they began. A Map that each of them enters and leaves would
 * keep their requests alive long after: V8 replaces its table all the time, and each table it has replaced holds on to
 * the next. So those that are new stand in a list, which is short, and only the others in a Map.
 */
export class Running {
  readonly #begun: LocalRun[] = []
  readonly #outlived = new Map<string, LocalRun>()

  get size (): number {
    return this.#begun.length + this.#outlived.size
  }

  of (key: string): LocalRun | undefined {
    for (const run of this.#begun) if (run.key === key) return run
    return this.#outlived.get(key)
  }

  all (): LocalRun[] {
    return [...this.#begun, ...this.#outlived.values()]
  }

  begin (run: LocalRun): void {
    this.#begun.push(run)
  }

  /** It goes on beyond the turn in which it began. */
  outlive (run: LocalRun): void {
    if (this.#leave(run)) this.#outlived.set(run.key, run)
  }

  /** It has ended. */
  end (run: LocalRun): void {
    if (!this.#leave(run) && this.#outlived.get(run.key) === run) this.#outlived.delete(run.key)
  }

  #leave (run: LocalRun): boolean {
    const at = this.#begun.indexOf(run)
    if (at < 0) return false
    const last = this.#begun.pop() as LocalRun
    if (last !== run) this.#begun[at] = last
    return true
  }
}
