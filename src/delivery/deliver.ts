import { randomUUID } from 'node:crypto'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { withTimeout } from '../support/with-timeout.js'
import { isPromise } from '../support/is-promise.js'
import { letGo, type Attempt, type AttemptStore, type OwnedRun, type Outcome } from './attempts.js'
import type { Delivery } from './delivery.js'
import { createGuards } from './guards.js'
import { Running, startRun, type LocalRun, type RunOptions } from './run.js'
import { accessStore, STORE_TIMEOUT, type Asker } from './store-access.js'
import { createUnclaimed } from './unclaimed.js'
import { ACKNOWLEDGE_TIME, Wait, type Waited, type WaitingRoom } from './wait.js'

/** What a request comes to. */
export type Delivered = { attempt: number } & (
  Exclude<Outcome, { state: 'lost' }> | { state: 'hung-up' } | { state: 'closing' }
)

export interface DelivererOptions {
  /** `false`: every request runs the handler. */
  store: AttemptStore | false
  onStoreError: 'handle' | 'refuse'
  /** Milliseconds that running handlers are given at shutdown. */
  closeGrace: number
  /** Milliseconds that the server waits beyond that. */
  closingTime?: number
}

type FirstAsker = Asker & Pick<Delivery, 'arrivedAt' | 'deadline'>

/** Delivers each message once and in time. */
export interface Deliverer {
  /**
   * What was signed once stays with the key it first came with, whatever the request says of itself now. At once where
   * the store answers at once and has not had the signature.
   *
   * @throws WecomError WECOM_STORE_UNAVAILABLE
   */
  firstKey (asker: FirstAsker, captureKey: string): string | Promise<string>
  /** @throws WecomError WECOM_STORE_UNAVAILABLE */
  deliver (delivery: Delivery): Delivered | Promise<Delivered>
  /** Refuses what comes, waits for what runs, then aborts it and frees its key. */
  close (): Promise<void>
}

/** How long the store may take for a settlement where the server closes: it waits for the end only so long. */
const CLOSING_TIMEOUT = 500
/** What of `closingTime` the store has for the settlements, and for the question whether a reply was collected. */
const SETTLING_SHARE = 0.4
const COLLECTING_SHARE = 0.2
/** How often an attempt may find its run lost before the store is taken for broken. */
const MOST_LOSSES = 5

export function createDeliverer (options: DelivererOptions): Deliverer {
  const { store, onStoreError, closeGrace, closingTime = 2_000 } = options
  /** What runs in this process, whichever store it was begun in. */
  const running = new Running()
  const access = accessStore({ store, onStoreError, runningHere: key => running.of(key) })
  const unclaimed = createUnclaimed()
  const runs: RunOptions = {
    running,
    unclaimed,
    access,
    settleTime: () => room.closed ? Math.min(CLOSING_TIMEOUT, closingTime * SETTLING_SHARE) : STORE_TIMEOUT
  }
  const guards = createGuards<Delivery>({ access, takeOver })
  const room: WaitingRoom = {
    waits: new Set(),
    closed: false,
    mayKeep: key => closing === undefined || running.of(key) !== undefined
  }
  let closing: Promise<void> | undefined

  /** The run of a process that died, whose message this process has kept; its request is over. */
  function takeOver (attempt: Attempt, owned: OwnedRun, key: string, delivery: Delivery, acknowledged: boolean): void {
    startRun(runs, { attempt, owned, number: attempt.number, waiting: 0, key, delivery, acknowledged })
    attempt.detach()
  }

  /** What a request comes to that has nothing to wait for; `undefined` where it has. */
  function atOnce (attempt: Attempt, run: LocalRun | undefined, gone: boolean): Waited | undefined {
    if (room.closed) return { state: 'closing' }
    if (attempt.run?.acknowledged === true) return { state: 'acknowledged' }
    if (gone) return { state: 'hung-up' }
    if (run?.decided === undefined || attempt.run === undefined) return undefined
    run.waiting--
    return run.decided
  }

  function firstKey (asker: FirstAsker, captureKey: string): string | Promise<string> {
    const attempt = access.attach(asker, captureKey, timeForStore(asker))
    return isPromise(attempt) || attempt.run === undefined
      ? earlierKey(asker, captureKey, attempt)
      : keepKey(asker, captureKey, attempt, attempt.run)
  }

  /** What the signature came with before, or its own key where the store turns out not to have had it. */
  async function earlierKey (
    asker: FirstAsker,
    captureKey: string,
    attaching: Attempt | Promise<Attempt>
  ): Promise<string> {
    let attempt = await attaching
    for (let losses = 1; ; losses++) {
      if (attempt.run !== undefined) return await keepKey(asker, captureKey, attempt, attempt.run)
      attempt.detach(true)
      const outcome = await withTimeout(async () => await attempt.outcome, timeForStore(asker)).catch((): Outcome => ({
        state: 'lost'
      }))
      if (outcome.state === 'done') return outcome.reply
      // What is left then is for the message itself.
      if (losses === MOST_LOSSES || timeForStore(asker) === ACKNOWLEDGE_TIME) break
      attempt = await access.attach(asker, captureKey, timeForStore(asker))
    }
    asker.warn('the store does not say where a signature came first: the same request may be handled again')
    return asker.key
  }

  function keepKey (asker: FirstAsker, captureKey: string, attempt: Attempt, run: OwnedRun): string | Promise<string> {
    const { key } = asker
    const outcome = { state: 'done', reply: key } as const
    attempt.detach(true)
    access.remember(captureKey, { outcome, attempts: 1 }, asker.keepUntil)
    const failed = (cause: unknown): string => {
      asker.warn('the store did not accept a signature: the same request may be handled again at another path', cause)
      return key
    }
    try {
      const settled = run.settle(outcome)
      if (!isPromise(settled)) return key
      return withTimeout(async () => await settled, timeForStore(asker)).then(() => key, failed)
    } catch (cause) {
      return failed(cause)
    }
  }

  /** @param number of the attempt; attaching again after a lost run is no new request of WeCom */
  function deliverAs (
    delivery: Delivery,
    key: string,
    losses: number,
    number: number | undefined
  ): Delivered | Promise<Delivered> {
    if (closing !== undefined) return { state: 'closing', attempt: number ?? 0 }
    if (access.memory !== undefined) {
      const attempt = access.memory.attach(key, delivery)
      return take(attempt, delivery, key, losses, number ?? attempt.number)
    }
    const attempt = access.attach(delivery, key, timeForStore(delivery), losses > MOST_LOSSES)
    return isPromise(attempt)
      ? attempt.then(attempt => take(attempt, delivery, key, losses, number ?? attempt.number))
      : take(attempt, delivery, key, losses, number ?? attempt.number)
  }

  function take (
    attempt: Attempt,
    delivery: Delivery,
    key: string,
    losses: number,
    number: number
  ): Delivered | Promise<Delivered> {
    const owned = attempt.run
    if (closing !== undefined && owned !== undefined) {
      attempt.detach()
      letGo(owned)
      return { state: 'closing', attempt: number }
    }
    const gone = delivery.connection.isGone()
    const run = owned === undefined
      ? running.of(key)
      : startRun(runs, { attempt, owned, number, waiting: owned.acknowledged === true || gone ? 0 : 1, key, delivery })
    if (run !== undefined) run.attempts = Math.max(run.attempts, attempt.number)
    const waited = atOnce(attempt, run, gone)
    return waited === undefined
      ? new Promise<Waited>(resolve => new Wait(room, attempt, run, delivery, resolve))
        .then(waited => leave(waited, attempt, run, delivery, key, losses, number))
      : leave(waited, attempt, run, delivery, key, losses, number)
  }

  /** The wait is over. */
  function leave (
    waited: Waited,
    attempt: Attempt,
    run: LocalRun | undefined,
    delivery: Delivery,
    key: string,
    losses: number,
    number: number
  ): Delivered | Promise<Delivered> {
    const here = run ?? running.of(key)
    if (waited.state === 'acknowledged' && here !== undefined) here.acknowledged = true
    if (here === undefined && (waited.state === 'acknowledged' || waited.state === 'hung-up')) {
      guards.keep(key, attempt, delivery, waited.state === 'acknowledged')
    }
    // Who runs a message anew has claimed it as it began.
    if (waited.state === 'done' && attempt.run === undefined) unclaimed.claim(key)
    attempt.detach(waited.state === 'done')
    if (waited.state === 'hung-up' && delivery.deadline === undefined) here?.abortWhenAbandoned()
    // Written out, as a spread of several shapes is slow.
    if (waited.state === 'done') return { state: 'done', reply: waited.reply, attempt: number }
    if (waited.state !== 'lost') return { state: waited.state, attempt: number }
    return losses === 0 ? deliverAs(delivery, key, 1, number) : again(delivery, key, losses + 1, number)
  }

  async function again (delivery: Delivery, key: string, losses: number, number: number): Promise<Delivered> {
    await sleep(25 * 2 ** losses)
    return await deliverAs(delivery, key, losses, number)
  }

  async function closeAll (): Promise<void> {
    // A message that was acknowledged here may be that of a process that has just died.
    const busy = () => running.size > 0 || guards.size > 0
    await withTimeout(async () => {
      while (busy()) {
        await Promise.all([guards.ended(), ...running.all().map(async run => await run.outcome)])
        // Whatever a run has come to, the grace ends.
        await turn()
      }
    }, closeGrace).catch(() => {})
    room.closed = true
    guards.close()
    const left = running.all()
    // First: what a run comes to now is no answer. Those who wait have theirs at the end of this turn, before a handler
    // that sees its signal could write another by its own hand.
    if (room.waits.size > 0) {
      for (const wait of room.waits) wait.leave()
      await turn()
    }
    for (const run of left) {
      run.abort('the server closes')
      run.settle({ state: 'failed' })
    }
    await Promise.all(left.map(async run => await run.outcome))
    await unclaimed.close(closingTime * COLLECTING_SHARE)
  }

  return {
    firstKey,

    deliver (delivery) {
      return deliverAs(delivery, store === false ? randomUUID() : delivery.key, 0, undefined)
    },

    async close () {
      await (closing ??= closeAll())
    }
  }
}

/** What comes before the handler must leave time for it, and for the acknowledgement. */
function timeForStore ({ deadline, arrivedAt }: Pick<Delivery, 'arrivedAt' | 'deadline'>): number {
  if (deadline === undefined) return STORE_TIMEOUT
  return Math.min(STORE_TIMEOUT, Math.max(ACKNOWLEDGE_TIME, (arrivedAt + deadline - performance.now()) / 2))
}
