import { withTimeout } from '../support/with-timeout.js'
import type { Attempt, Outcome } from './attempts.js'
import type { Delivery } from './delivery.js'
import type { LocalRun, RunWaiter } from './run.js'

/** What ends a wait. */
export type Waited = Outcome | { state: 'hung-up' | 'closing' }

/** What is kept of the deadline for telling the store that it has come, milliseconds. */
export const ACKNOWLEDGE_TIME = 50

/** What all waits of a server share. */
export interface WaitingRoom {
  /** Those that outlive their turn: see `Running` for why not all. */
  readonly waits: Set<Wait>
  /** The server has no time left: what a run comes to now is no answer. */
  closed: boolean
  /** Whether a message may be acknowledged now whose handler runs in another process. */
  mayKeep (key: string): boolean
}

/**
 * One request that waits for what its message comes to: the first of a decision, the deadline, the end of its
 * connection and the end of the server. Who has begun a run itself needs a timer and a listener only if the handler
 * outlives the turn of the event loop.
 */
export class Wait implements RunWaiter {
  readonly #room: WaitingRoom
  readonly #attempt: Attempt
  readonly #run: LocalRun | undefined
  readonly #delivery: Delivery
  readonly #resolve: (waited: Waited) => void
  #over = false
  #counted: boolean
  #timer: NodeJS.Timeout | undefined
  #stopListening: (() => void) | undefined

  constructor (
    room: WaitingRoom,
    attempt: Attempt,
    run: LocalRun | undefined,
    delivery: Delivery,
    resolve: (waited: Waited) => void
  ) {
    this.#room = room
    this.#attempt = attempt
    this.#run = run
    this.#delivery = delivery
    this.#resolve = resolve
    this.#counted = run !== undefined
    // The attempt that has begun a run is counted since then.
    if (run !== undefined && attempt.run === undefined) run.waiting++
    run?.await(this)
    if (attempt.run === undefined || run === undefined) this.outlived()
  }

  decided (outcome: Outcome): void {
    this.#end(this.#room.closed ? { state: 'closing' } : outcome)
  }

  outlived (): void {
    if (this.#over || this.#stopListening !== undefined) return
    const { deadline, arrivedAt } = this.#delivery
    this.#room.waits.add(this)
    // Where the handler has ended here, what the store makes of that is what it comes to.
    if (this.#attempt.run === undefined || this.#run?.settled !== true) {
      this.#attempt.outcome.then(outcome => { this.#end(outcome) }, () => { this.#end({ state: 'lost' }) })
    }
    this.#stopListening = this.#delivery.connection.onHangUp(() => { this.#hungUp() })
    if (this.#over) this.#stopListening()
    if (this.#over || deadline === undefined) return
    const left = arrivedAt + deadline - ACKNOWLEDGE_TIME - performance.now()
    this.#timer = setTimeout(() => { this.#acknowledge() }, Math.max(0, left))
  }

  /** The server closes and has no time left. */
  leave (): void {
    // It stays counted: 503 makes WeCom send the message again, so what its run comes to is not late.
    this.#counted = false
    this.#end({ state: 'closing' })
  }

  #hungUp (): void {
    if (this.#counted && this.#run !== undefined) this.#run.hungUp++
    this.#end({ state: 'hung-up' })
  }

  #acknowledge (): void {
    // A handler that runs elsewhere would have to be guarded from here, for which a closing server has no time.
    if (this.#run === undefined && !this.#room.mayKeep(this.#delivery.key)) {
      this.leave()
      return
    }
    withTimeout(async () => await this.#attempt.acknowledge(), ACKNOWLEDGE_TIME).then(
      outcome => { this.#end(outcome) },
      () => { this.#end({ state: 'acknowledged' }) }
    )
  }

  /** At once, not when a promise resolves: a handler that ends in between must know. */
  #end (waited: Waited): void {
    if (this.#over) return
    this.#over = true
    if (this.#counted && this.#run !== undefined) this.#run.waiting--
    this.#counted = false
    clearTimeout(this.#timer)
    this.#stopListening?.()
    this.#room.waits.delete(this)
    this.#resolve(waited)
  }
}
