import { rejectionText } from '../support/strip-error-details.js'
import { wecomError } from '../errors.js'
import { createThrottle } from '../support/throttle.js'
import { isPromise } from '../support/is-promise.js'
import { withTimeout } from '../support/with-timeout.js'
import type { AttachOptions, Attempt, AttemptStore, Outcome, Settlement } from './attempts.js'
import { memoryOf, memoryStore, type Memory } from './memory-store.js'
import { createOwnMemory, type OwnOutcome } from './own-memory.js'

/** For whom the store is asked. */
export interface Asker {
  /** Tells messages apart. */
  key: string
  /** Until when a finished run is remembered, milliseconds since 1970. */
  keepUntil: number
  /** `cause`: why the store failed. */
  warn (message: string, cause?: unknown): void
}

/** The store as deliveries use it: within time, and gone on without while it fails, if that is wanted. */
export interface StoreAccess {
  /** A store that is memory of this process may be asked itself: it cannot fail, nor know less than the process. */
  readonly memory: Memory | undefined
  /**
   * Joins or begins the run of a key.
   *
   * @param time milliseconds that the store may take
   * @param broken the store is not to be asked any more
   * @throws WecomError WECOM_STORE_UNAVAILABLE
   */
  attach (asker: Asker, key: string, time: number, broken?: boolean): Attempt | Promise<Attempt>
  /** The attempt began its run in this process alone, as the store failed. */
  isUnstored (attempt: Attempt): boolean
  /** A run of this process has ended. */
  remember (key: string, own: OwnOutcome, keepUntil: number): void
}

/** A run of this process, as far as attempts for its message depend on it. */
export interface RunHere {
  readonly unstored: boolean
  readonly acknowledged: boolean
  readonly outcome: Promise<Outcome>
  join (): Attempt
}

export interface StoreAccessOptions {
  store: AttemptStore | false
  onStoreError: 'handle' | 'refuse'
  runningHere (key: string): RunHere | undefined
}

/** How long a store may take for one answer, milliseconds: WeCom waits 5 seconds for ours. */
export const STORE_TIMEOUT = 1_000

export function accessStore ({ store, onStoreError, runningHere }: StoreAccessOptions): StoreAccess {
  /** For what is not repeated, and for what is begun while the store fails. */
  const local = memoryStore()
  const memory = memoryOf(store === false ? local : store)
  const ownMemory = memory === undefined ? createOwnMemory() : undefined
  const unstored = new WeakSet<Attempt>()
  /** While the store is down every message would say so. */
  const mayWarn = createThrottle()

  /** What this process has handled is not handled again because the store does not know it. */
  function known (key: string, attempt: Attempt): Attempt {
    const own = attempt.run === undefined ? undefined : ownMemory?.recall(key)
    if (own === undefined) return attempt
    tell(attempt, own.outcome)
    return { ...endedAttempt(own), number: attempt.number }
  }

  /** An attempt that the store has begun after all must not be left waiting for a run that it thinks runs here. */
  async function settleLate (attaching: PromiseLike<Attempt>, key: string): Promise<void> {
    const attempt = await attaching
    attempt.detach()
    if (attempt.run === undefined) return
    const run = runningHere(key)
    if (run?.acknowledged === true) await attempt.acknowledge()
    const outcome = await run?.outcome ?? ownMemory?.recall(key)?.outcome
    tell(attempt, outcome ?? { state: 'failed' })
  }

  return {
    memory: store === false ? undefined : memory,

    isUnstored: attempt => unstored.has(attempt),
    remember (key, own, keepUntil) { ownMemory?.remember(key, own, keepUntil) },

    attach (asker, key, time, broken = false) {
      if (memory !== undefined) {
        return memory.attach(key, store === false ? { ...attachOptions(asker), keepUntil: 0 } : asker)
      }
      const begunHere = runningHere(key)
      if (begunHere?.unstored === true) return begunHere.join()
      if (broken) return attachWithin(asker, key, Promise.reject(new Error('the store loses every run at once')), time)
      let attempt: Attempt | Promise<Attempt>
      try {
        attempt = (store as AttemptStore).attach(key, attachOptions(asker))
      } catch (cause) {
        attempt = Promise.reject(cause)
      }
      return isPromise(attempt) ? attachWithin(asker, key, attempt, time) : known(key, attempt)
    }
  }

  async function attachWithin (
    asker: Asker,
    key: string,
    attaching: PromiseLike<Attempt>,
    time: number
  ): Promise<Attempt> {
    try {
      return known(key, await withTimeout(() => attaching, time))
    } catch (cause) {
      const late = (): void => { settleLate(attaching, key).catch(() => {}) }
      if (onStoreError === 'refuse') {
        late()
        throw storeUnavailable(cause)
      }
      if (mayWarn('store')) {
        asker.warn(
          'the store does not answer: going on without it, so another process may handle messages again',
          cause
        )
      }
      const own = ownMemory?.recall(key)
      const attempt =
        runningHere(key)?.join() ??
        (own === undefined ? await local.attach(key, attachOptions(asker)) : endedAttempt(own))
      unstored.add(attempt)
      // The run of this attempt is known here in a moment.
      setImmediate(late)
      return attempt
    }
  }
}

function attachOptions (asker: Asker): AttachOptions {
  return { keepUntil: asker.keepUntil, warn: message => { asker.warn(message) } }
}

/** An attempt for a message that this process has handled. */
function endedAttempt (own: OwnOutcome): Attempt {
  own.attempts++
  const { outcome } = own
  return {
    number: own.attempts,
    run: undefined,
    outcome: Promise.resolve(outcome),
    acknowledge: async () => outcome,
    detach () {}
  }
}

/** Gives the store the outcome of a run that it has begun and this process knows. */
function tell (attempt: Attempt, outcome: Outcome): void {
  (async () => {
    if (outcome.state === 'acknowledged') await attempt.acknowledge()
    const settlement: Settlement =
      outcome.state === 'acknowledged'
        ? { state: 'done', reply: '' }
        : outcome.state === 'done'
          ? outcome
          : { state: 'failed' }
    await attempt.run?.settle(settlement)
  })().catch(() => {})
}

function storeUnavailable (cause: unknown): Error {
  return wecomError('WECOM_STORE_UNAVAILABLE', {
    expected: 'the store to answer',
    got: rejectionText(cause),
    fix: "WeCom got 503 and will send the message again. Check the store (Redis?); with onStoreError: 'handle' " +
      'messages are handled without it.',
    cause
  })
}
