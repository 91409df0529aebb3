import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withTimeout } from '../support/with-timeout.js'
import { isPromise, whenReady } from '../support/when-ready.js'
import { letGo, type Attempt, type AttemptStore, type OwnedRun, type Outcome, type Settlement } from './attempts.js'
import { createGuards } from './guards.js'
import { createRun, type LocalRun, type Run } from './run.js'
import { accessStore, STORE_TIMEOUT, type Asker } from './store-access.js'
import { createUnclaimed } from './unclaimed.js'

/** How one message is to be delivered. */
export interface Delivery extends Asker {
  /** When the request came, by `performance.now()`: clocks jump. */
  arrivedAt: number
  /** Milliseconds after which the empty answer goes out; undefined: the answer is held back, as a retry may collect it. */
  deadline: number | undefined
  /** A late reply is sent another way: WeCom is not to get it as well. */
  takesLateReplies: boolean
  /** Calls the listener when the connection is gone; returns how to stop listening. */
  onHangUp (listener: () => void): () => void
  /** The connection has gone already: hooks and the store took their time. */
  isGone (): boolean
  /** Calls the handler, which settles the run when it likes. */
  start (run: Run, attempt: number): void
  /** The handler ended after WeCom had its answer, or when nobody asks for the reply any more. */
  late (settlement: Settlement, how: { acknowledged: boolean, /** Why it was aborted, if it was. */ reason: unknown }): void
  /** The handler has taken longer than WeCom waits. */
  slow (): void
  /** The handler failed when nobody waited for it, and an attempt of WeCom has run it again since. */
  repeated (): void
}

/** What a request comes to. */
export type Delivered = { attempt: number } & (Exclude<Outcome, { state: 'lost' }> | { state: 'hung-up' } | { state: 'closing' })

export interface DelivererOptions {
  /** `false`: every request runs the handler. */
  store: AttemptStore | false
  onStoreError: 'handle' | 'refuse'
  /** Milliseconds that running handlers are given at shutdown. */
  closeGrace: number
  /** Milliseconds that Fastify waits beyond that. */
  closingTime?: number
}

type Waited = Outcome | { state: 'hung-up' | 'closing' }

/** Delivers each message once and in time. */
export interface Deliverer {
  /**
   * What was signed once stays with the key it first came with, whatever the request says of itself now.
   *
   * @throws WecomError WECOM_STORE_UNAVAILABLE
   */
  firstKey (asker: Asker & Pick<Delivery, 'arrivedAt' | 'deadline'>, captureKey: string): Promise<string>
  /** @throws WecomError WECOM_STORE_UNAVAILABLE */
  deliver (delivery: Delivery): Delivered | Promise<Delivered>
  /** Refuses what comes, waits for what runs, then aborts it and frees its key. */
  close (): Promise<void>
}

/** The same where the server closes, at most: Fastify waits for the end only so long. */
const CLOSING_TIMEOUT = 500
/** What of Fastify's patience the store has for the settlements, and for the question whether a reply was collected. */
const SETTLING_SHARE = 0.4
const COLLECTING_SHARE = 0.2
/** What is kept of the deadline for telling the store that it has come, milliseconds. */
const ACKNOWLEDGE_TIME = 50
/** How often an attempt may find its run lost before the store is taken for broken. */
const MOST_LOSSES = 5

export function createDeliverer ({ store, onStoreError, closeGrace, closingTime = 2_000 }: DelivererOptions): Deliverer {
  /** What runs in this process, whichever store it was begun in. */
  const running = new Map<string, LocalRun>()
  const access = accessStore({ store, onStoreError, runningHere: key => running.get(key) })
  const unclaimed = createUnclaimed()
  const guards = createGuards<Delivery>({ access, takeOver })
  const waiting = new Set<() => void>()
  let closing: Promise<void> | undefined
  let graceOver = false

  /** `waiting`: how many attempts wait for it from the start; a handler may end at once. */
  function start (owned: OwnedRun, unstored: boolean, number: number, waiting: number, key: string, delivery: Delivery): LocalRun {
    unclaimed.claim(key)
    const run = createRun({
      owned,
      attempts: number,
      waiting,
      unstored,
      slow: delivery.slow,
      record (settlement) {
        // Now, as who waits has the settlement in a moment and is gone.
        const { waiting, hungUp } = run
        return whenReady(settle(owned, settlement, delivery), outcome => recorded(settlement, outcome, waiting, hungUp))
      }
    })

    /** What holds, now that the store has the settlement or cannot take it. */
    function recorded (settlement: Settlement, outcome: Outcome, waiting: number, hungUp: number): Outcome {
      if (running.get(key) === run) running.delete(key)
      const late = (acknowledged: boolean) => { delivery.late(settlement, { acknowledged, reason: run.abortReason }) }
      // Lost: another process took over while this one was slow. Its answer counts there, this one is as good here.
      if (outcome.state === 'lost') return settlement
      if (outcome.state === 'acknowledged' || run.acknowledged) {
        access.remember(key, { outcome: { state: 'acknowledged' }, attempts: run.attempts }, delivery.keepUntil)
        late(true)
        return { state: 'acknowledged' }
      }
      if (settlement.state === 'done') access.remember(key, { outcome: settlement, attempts: run.attempts }, delivery.keepUntil)
      const lost = settlement.state === 'failed' || settlement.reply !== ''
      // Who hung up while the store took it has nothing.
      const expected = waiting > run.hungUp - hungUp
      if (lost && !expected) unclaimed.add(key, { owned, settlement, late: () => { late(false) }, repeated: delivery.repeated, withdraw: delivery.takesLateReplies })
      return outcome
    }

    running.set(key, run)
    delivery.start(run, number)
    return run
  }

  function settle (owned: OwnedRun, settlement: Settlement, { warn }: Delivery): Outcome | Promise<Outcome> {
    const unstored = (cause: unknown): Outcome => {
      warn('the store does not take the answer: a repeat of this message may be handled again', cause)
      return settlement
    }
    try {
      const outcome = owned.settle(settlement)
      if (!isPromise(outcome)) return outcome
      return withTimeout(async () => await outcome, graceOver ? Math.min(CLOSING_TIMEOUT, closingTime * SETTLING_SHARE) : STORE_TIMEOUT).catch(unstored)
    } catch (cause) {
      return unstored(cause)
    }
  }

  /** The run of a process that died, whose message this process has kept; its request is over. */
  function takeOver (attempt: Attempt, owned: OwnedRun, key: string, delivery: Delivery, acknowledged: boolean): void {
    const run = start(owned, access.isUnstored(attempt), attempt.number, 0, key, delivery)
    if (acknowledged) run.acknowledged = true
    attempt.detach()
  }

  /** The first of: the run is decided, the deadline, the connection is gone, the server has no time left. */
  function wait (attempt: Attempt, run: LocalRun | undefined, gone: boolean, delivery: Delivery): Waited | Promise<Waited> {
    if (graceOver) return { state: 'closing' }
    if (attempt.run?.acknowledged === true) return { state: 'acknowledged' }
    if (gone) return { state: 'hung-up' }
    if (run?.decided === undefined || attempt.run === undefined) return waitOn(attempt, run, delivery)
    run.waiting--
    return run.decided
  }

  async function waitOn (attempt: Attempt, run: LocalRun | undefined, { key, deadline, arrivedAt, onHangUp }: Delivery): Promise<Waited> {
    let timer: NodeJS.Timeout | undefined
    let leave = () => {}
    let stopListening = () => {}
    let waits = run !== undefined
    if (run !== undefined && attempt.run === undefined) run.waiting++
    /** At once, not when the promise resolves: a handler that ends in between must know. */
    const stopWaiting = () => {
      if (waits && run !== undefined) run.waiting--
      waits = false
    }
    try {
      return await new Promise(resolve => {
        let over = false
        const listen = (): void => {
          if (over) return
          attempt.outcome.then(resolve, () => { resolve({ state: 'lost' }) })
          stopListening = onHangUp(() => {
            if (waits && run !== undefined) run.hungUp++
            stopWaiting()
            resolve({ state: 'hung-up' })
          })
          if (deadline === undefined) return
          timer = setTimeout(() => {
            // What this process acknowledges it must keep, which it has no time for.
            if (closing !== undefined && !running.has(key)) { leave(); return }
            withTimeout(async () => await attempt.acknowledge(), ACKNOWLEDGE_TIME).then(resolve, () => { resolve({ state: 'acknowledged' }) })
          }, Math.max(0, arrivedAt + deadline - ACKNOWLEDGE_TIME - performance.now()))
        }
        leave = () => { resolve({ state: 'closing' }) }
        waiting.add(leave)
        run?.onDecided(outcome => {
          over = true
          resolve(outcome)
        })
        if (run === undefined || attempt.run === undefined) listen()
        else run.onOutlived(listen)
      })
    } finally {
      clearTimeout(timer)
      stopWaiting()
      stopListening()
      waiting.delete(leave)
    }
  }

  async function firstKey (asker: Asker & Pick<Delivery, 'arrivedAt' | 'deadline'>, captureKey: string): Promise<string> {
    const { key } = asker
    for (let losses = 0; losses < MOST_LOSSES; losses++) {
      const attempt = await access.attach(asker, captureKey, timeToAttach(asker))
      attempt.detach(true)
      if (attempt.run !== undefined) {
        const { run } = attempt
        const outcome = { state: 'done', reply: key } as const
        access.remember(captureKey, { outcome, attempts: 1 }, asker.keepUntil)
        await withTimeout(async () => await run.settle(outcome), STORE_TIMEOUT).catch((cause: unknown) => { asker.warn('the store does not take a signature: the same request may be handled again at another path', cause) })
        return key
      }
      const outcome = await withTimeout(async () => await attempt.outcome, STORE_TIMEOUT).catch((): Outcome => ({ state: 'lost' }))
      if (outcome.state === 'done') return outcome.reply
    }
    return key
  }

  /** @param number of the attempt; attaching again after a lost run is no new request of WeCom */
  function deliverAs (delivery: Delivery, key: string, losses: number, number: number | undefined): Delivered | Promise<Delivered> {
    if (closing !== undefined) return { state: 'closing', attempt: number ?? 0 }
    return whenReady(access.attach(delivery, key, timeToAttach(delivery), losses > MOST_LOSSES), attempt => take(attempt, delivery, key, losses, number ?? attempt.number))
  }

  function take (attempt: Attempt, delivery: Delivery, key: string, losses: number, number: number): Delivered | Promise<Delivered> {
    const owned = attempt.run
    if (closing !== undefined && owned !== undefined) {
      attempt.detach()
      letGo(owned)
      return { state: 'closing', attempt: number }
    }
    const gone = delivery.isGone()
    const run = owned === undefined
      ? running.get(key)
      : start(owned, access.isUnstored(attempt), number, owned.acknowledged === true || gone ? 0 : 1, key, delivery)
    if (run !== undefined) run.attempts = Math.max(run.attempts, attempt.number)
    return whenReady(wait(attempt, run, gone, delivery), outcome => {
      const here = run ?? running.get(key)
      if (outcome.state === 'acknowledged' && here !== undefined) here.acknowledged = true
      if (here === undefined && (outcome.state === 'acknowledged' || outcome.state === 'hung-up')) guards.keep(key, attempt, delivery, outcome.state === 'acknowledged')
      if (outcome.state === 'done') unclaimed.claim(key)
      attempt.detach(outcome.state === 'done')
      if (outcome.state === 'hung-up' && delivery.deadline === undefined) here?.abortWhenAbandoned()
      if (outcome.state !== 'lost') return { ...outcome, attempt: number }
      return losses === 0 ? deliverAs(delivery, key, 1, number) : again(delivery, key, losses + 1, number)
    })
  }

  async function again (delivery: Delivery, key: string, losses: number, number: number): Promise<Delivered> {
    await sleep(25 * 2 ** losses)
    return await deliverAs(delivery, key, losses, number)
  }

  async function closeAll (): Promise<void> {
    // A message that was acknowledged here may be that of a process that has just died.
    const busy = () => running.size > 0 || guards.size > 0
    await withTimeout(async () => { while (busy()) await Promise.all([guards.ended(), ...[...running.values()].map(async run => await run.outcome)]) }, closeGrace).catch(() => {})
    graceOver = true
    guards.close()
    const left = [...running.values()]
    // First: what a run comes to now is no answer.
    for (const leave of waiting) leave()
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

/** Attaching must leave time for the acknowledgement. */
function timeToAttach ({ deadline, arrivedAt }: Pick<Delivery, 'arrivedAt' | 'deadline'>): number {
  if (deadline === undefined) return STORE_TIMEOUT
  return Math.min(STORE_TIMEOUT, Math.max(ACKNOWLEDGE_TIME, (arrivedAt + deadline - performance.now()) / 2))
}
