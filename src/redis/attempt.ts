import type { Attempt, Outcome, OwnedRun } from '../delivery/attempts.js'
import type { Commands, Found } from './commands.js'
import type { HeldRun, Leases } from './leases.js'
import { decided, type Waiters, type Waiting } from './waiters.js'

/** What the attempts of one store share. */
export interface AttemptOptions {
  readonly commands: Pick<Commands, 'settle' | 'acknowledge' | 'collect' | 'collected'>
  readonly leases: Leases
  readonly waiters: Waiters
  /** A run of this process has come to something: for who waits, and for who asks later. */
  decide (run: HeldRun, outcome: Outcome): void
}

export interface AttemptStart {
  key: string
  found: Found
  /** See `KnownRun`. */
  keepFor: () => number
  /** There may have been a message that it would have waited for. */
  missed: boolean
  /** The run, where this attempt is to run the handler. */
  held: HeldRun | undefined
}

/**
 * An attempt of the Redis store. Its methods are fields and `outcome` is an own property, for those who wrap a store
 * and spread what it gives.
 */
export class RedisAttempt implements Attempt {
  readonly number: number
  readonly run: OwnedRun | undefined
  declare readonly outcome: Promise<Outcome>
  readonly #options: AttemptOptions
  readonly #key: string
  readonly #owner: string
  readonly #leaseLeft: number
  readonly #keepFor: () => number
  readonly #missed: boolean
  /** The run that this attempt has begun. */
  readonly #begun: HeldRun | undefined
  /** The run, where its handler runs in this process, whichever attempt began it. */
  readonly #here: HeldRun | undefined
  /** What the run has come to as this attempt finds it. */
  readonly #known: Outcome | undefined
  #waiting: Waiting | undefined
  #detached = false

  /** One for all: with a getter of its own, every attempt would get a hidden class of its own, which V8 keeps long. */
  static readonly #outcome: PropertyDescriptor & ThisType<RedisAttempt> = {
    enumerable: true,
    get () { return this.#wait().outcome }
  }

  constructor (options: AttemptOptions, { key, found, keepFor, missed, held }: AttemptStart) {
    const { number, owner, leaseLeft, outcome, acknowledged } = found
    this.number = number
    this.run = held === undefined ? undefined : ownedRun(options, held)
    Object.defineProperty(this, 'outcome', RedisAttempt.#outcome)
    this.#options = options
    this.#key = key
    this.#owner = owner
    this.#leaseLeft = leaseLeft
    this.#keepFor = keepFor
    this.#missed = missed
    this.#begun = held
    const here = this.#here = options.leases.of(owner)
    if (here !== undefined) {
      here.attached++
      here.seen = Math.max(here.seen, number)
    }
    // The run may have ended here without Redis knowing yet; one that was taken over may have been acknowledged before.
    this.#known =
      outcome !== 'owned' && outcome !== 'running'
        ? outcome
        : (here?.ending?.settlement ?? (acknowledged ? { state: 'acknowledged' } : undefined))
    if (held === undefined || missed) this.#wait()
  }

  readonly acknowledge = async (): Promise<Outcome> => {
    if (this.#known !== undefined) return this.#known
    const { commands, leases, waiters } = this.#options
    const [key, owner, here] = [this.#key, this.#owner, this.#here]
    const holds = await commands.acknowledge(
      { key, owner, attempts: this.number, acknowledged: true, keepFor: this.#keepFor },
      leases.of(owner) !== undefined
    )
    if (here !== undefined) {
      if (holds.state === 'acknowledged') here.acknowledged = true
      here.decided ??= holds
    }
    waiters.decide(owner, holds, holds.state === 'acknowledged')
    return holds
  }

  readonly watch = async (): Promise<'ended' | 'lost'> =>
    this.#leaseLeft > 0 ? await this.#options.waiters.watch(this.#key, this.#owner, this.#leaseLeft) : 'ended'

  readonly detach = (answered = false): void => {
    if (this.#detached) return
    this.#detached = true
    this.#waiting?.leave()
    const here = this.#here
    if (here !== undefined) {
      here.attached--
      here.leftAt = Math.max(here.leftAt, performance.now())
    } else if (answered && this.#known === undefined) {
      this.#options.commands.collect(this.#key, this.#owner).catch(() => {})
    }
  }

  /**
   * Made when it is first needed: the attempt that runs the handler mostly never asks. What the run comes to meanwhile
   * is noted in it.
   */
  #wait (): Waiting {
    if (this.#waiting === undefined) {
      const outcome = this.#known ?? this.#begun?.decided
      this.#waiting = outcome === undefined
        ? this.#options.waiters.join(this.#key, this.#owner, this.#leaseLeft, this.#missed)
        : decided(outcome)
    }
    return this.#waiting
  }
}

function ownedRun ({ commands, leases, decide }: AttemptOptions, run: HeldRun): OwnedRun {
  return {
    acknowledged: run.acknowledged,
    async settle (settlement) {
      // The first one counts.
      run.ending ??= { settlement, until: performance.now() + run.keepFor() }
      run.busy = true
      try {
        const holds = await commands.settle(run, run.ending.settlement)
        leases.release(run)
        decide(run, holds)
        return holds
      } catch (error) {
        // Kept, and told again with every renewal. Those who wait here need not wait for that.
        decide(run, run.ending.settlement)
        throw error
      } finally {
        run.busy = false
      }
    },
    idle: () => run.attached > 0 ? 0 : Math.max(0, performance.now() - run.leftAt),
    collected: async withdraw => await commands.collected(run.key, run.owner, withdraw)
  }
}
