import { isPromise } from '../support/is-promise.js'
import { withTimeout } from '../support/with-timeout.js'
import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import type { Delivery } from './delivery.js'
import { LocalRun, type Running } from './run.js'
import type { StoreAccess } from './store-access.js'
import type { Unclaimed } from './unclaimed.js'

export interface StarterOptions {
  /** What runs in this process, by key. */
  running: Running
  access: StoreAccess
  unclaimed: Unclaimed
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
export type StartRun = (start: RunStart) => LocalRun

/** Makes what starts the runs of this process, and sees to what they come to. */
export function createStarter (options: StarterOptions): StartRun {
  return start => {
    const { key, delivery, number, acknowledged = false } = start
    options.unclaimed.claim(key)
    const run = new StartedRun(options, start)
    if (acknowledged) run.acknowledged = true
    options.running.begin(run)
    delivery.start(run, number)
    return run
  }
}

class StartedRun extends LocalRun {
  readonly key: string
  readonly #options: StarterOptions
  readonly #delivery: Delivery

  constructor (options: StarterOptions, { attempt, owned, number, waiting, key, delivery }: RunStart) {
    super({ owned, attempts: number, waiting, unstored: options.access.isUnstored(attempt) })
    this.#options = options
    this.key = key
    this.#delivery = delivery
  }

  protected override outlives (): void {
    // One that is settled ends as soon as the store has it.
    if (this.settled) return
    this.#options.running.outlive(this)
    this.#delivery.outlives?.()
  }

  protected slow (): void {
    this.#delivery.slow()
  }

  protected record (settlement: Settlement): Outcome | Promise<Outcome> {
    // Now, as who waits has the settlement in a moment and is gone.
    const { waiting, hungUp } = this
    let holds: Outcome
    try {
      const outcome = this.owned.settle(settlement)
      if (isPromise(outcome)) return this.#recordLater(settlement, outcome, waiting, hungUp)
      holds = outcome
    } catch (cause) {
      holds = this.#storeFails(settlement, cause)
    }
    return this.#recorded(settlement, holds, waiting, hungUp)
  }

  async #recordLater (
    settlement: Settlement, settling: PromiseLike<Outcome>, waiting: number, hungUp: number
  ): Promise<Outcome> {
    const outcome = await withTimeout(() => settling, this.#options.settleTime())
      .catch((cause: unknown) => this.#storeFails(settlement, cause))
    return this.#recorded(settlement, outcome, waiting, hungUp)
  }

  #storeFails (settlement: Settlement, cause: unknown): Outcome {
    try {
      this.#delivery.warn('the store did not accept the answer: a repeated message may be handled again', cause)
    } catch {
      // A logger that throws: the run has ended all the same.
    }
    return settlement
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
    const lost = settlement.state === 'failed' || settlement.reply !== ''
    // Who hung up while the store took it has nothing.
    const hungUpMeanwhile = this.hungUp - hungUp
    const nobodyWaits = waiting <= hungUpMeanwhile
    if (lost && nobodyWaits) {
      unclaimed.add(key, {
        owned: this.owned,
        settlement,
        late: () => { this.#late(settlement, false) },
        repeated: () => { delivery.repeated() },
        withdraw: delivery.takesLateReplies
      })
    }
    return outcome
  }

  #late (settlement: Settlement, acknowledged: boolean): void {
    this.#delivery.late(settlement, { acknowledged, reason: this.abortReason })
  }
}
