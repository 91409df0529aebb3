import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { rejectionText } from '../bare-error.js'
import { wecomError } from '../errors.js'
import { onceAMinute } from '../once-a-minute.js'
import { withinTime } from '../within-time.js'
import type { Attempt, AttemptStore, OwnedRun, Outcome, Settlement } from './attempts.js'
import { memoryStore } from './memory-store.js'
import { createRun, type LocalRun, type Run } from './run.js'

/** How one message is to be delivered. */
export interface Delivery {
  /** Undefined: a message of its own, which WeCom does not repeat. */
  key: string | undefined
  /** When the request came, by `performance.now()`: clocks jump. */
  arrivedAt: number
  /** Until when a finished run is remembered, milliseconds since 1970. */
  keepUntil: number
  /** Milliseconds after which the empty answer goes out; undefined: the answer is held back, as a retry may collect it. */
  deadline: number | undefined
  /** Calls the listener when the connection is gone; returns how to stop listening. */
  onHangUp (listener: () => void): () => void
  /** Calls the handler, which settles the run when it likes. */
  start (run: Run, attempt: number): void
  /**
   * The handler ended after WeCom had its answer, or when nobody would ask for the reply any more; `reason` is why it was
   * aborted, if it was.
   */
  late (settlement: Settlement, reason: unknown): void
  warn (message: string, cause?: unknown): void
}

/** What a request comes to. */
export type Delivered = { attempt: number } & (Exclude<Outcome, { state: 'lost' }> | { state: 'hung-up' } | { state: 'closing' })

export interface DelivererOptions {
  /** `false`: every request runs the handler. */
  store: AttemptStore | false
  onStoreError: 'handle' | 'refuse'
  /** Milliseconds that running handlers are given at shutdown. */
  closeGrace: number
}

/** Delivers each message once and in time. */
export interface Deliverer {
  /** @throws WecomError WECOM_STORE_UNAVAILABLE */
  deliver (delivery: Delivery): Promise<Delivered>
  /** Refuses what comes, waits for what runs, then aborts it and frees its key. */
  close (): Promise<void>
  /** Lets the store go, once everything is closed that may share it. */
  end (): Promise<void>
}

/** How long a store may take for one answer, milliseconds: WeCom waits 5 seconds for ours. */
const STORE_TIMEOUT = 1_000
/** What is kept of the deadline for telling the store that it has come, milliseconds. */
const ACKNOWLEDGE_TIME = 50
/** How often an attempt may find its run lost before the store is taken for broken. */
const MOST_LOSSES = 5

export function createDeliverer ({ store, onStoreError, closeGrace }: DelivererOptions): Deliverer {
  /** For what is not repeated, and for what this process still knows while the store fails. */
  const local = memoryStore()
  /** What runs in this process, whichever store it was begun in. */
  const running = new Map<string, LocalRun>()
  /** Begun in `local` as the store failed. */
  const unstoredAttempts = new WeakSet<Attempt>()
  const waiting = new Set<() => void>()
  let closing: Promise<void> | undefined
  let graceOver = false
  /** While the store is down every message would say so. */
  const mayWarn = onceAMinute()

  async function attach (delivery: Delivery, key: string, broken: boolean): Promise<Attempt> {
    const { keepUntil, warn } = delivery
    if (delivery.key === undefined || store === false) return await local.attach(key, { keepUntil: 0, warn })
    const unstored = running.get(key)
    if (unstored?.unstored === true) return unstored.join()
    const attaching = broken ? Promise.reject(new Error('the store loses every run at once')) : (async () => await store.attach(key, { keepUntil, warn }))()
    try {
      return await withinTime(() => attaching, timeToAttach(delivery))
    } catch (cause) {
      if (onStoreError === 'refuse') {
        settleLate(attaching, Promise.resolve({ state: 'failed' }))
        throw storeUnavailable(cause)
      }
      if (mayWarn('store')) warn('the store does not answer: going on without it, so another process may handle messages again', cause)
      const attempt = running.get(key)?.join() ?? await local.attach(key, { keepUntil, warn })
      unstoredAttempts.add(attempt)
      settleLate(attaching, attempt.outcome)
      return attempt
    }
  }

  function start (attempt: Attempt, owned: OwnedRun, number: number, key: string, delivery: Delivery): LocalRun {
    const run = createRun(owned, number, delivery.key !== undefined && unstoredAttempts.has(attempt), async settlement => {
      const outcome = await withinTime(() => owned.settle(settlement), STORE_TIMEOUT).catch((cause: unknown): Outcome => {
        delivery.warn('the store does not take the answer: a repeat of this message may be handled again', cause)
        return settlement
      })
      if (running.get(key) === run) running.delete(key)
      const acknowledged = outcome.state === 'acknowledged' || run.acknowledged
      if (acknowledged || (run.signal.aborted && closing === undefined)) delivery.late(settlement, run.signal.reason)
      if (acknowledged) return { state: 'acknowledged' }
      // Lost: another process took over while this one was slow. Its answer counts there, this one is as good here.
      return outcome.state === 'lost' ? settlement : outcome
    })
    running.set(key, run)
    delivery.start(run, number)
    return run
  }

  /** The first of: the run is decided, the deadline, the connection is gone, the server has no time left. */
  async function wait (attempt: Attempt, run: LocalRun | undefined, { deadline, arrivedAt, onHangUp }: Delivery): Promise<Outcome | { state: 'hung-up' | 'closing' }> {
    if (graceOver) return { state: 'closing' }
    let timer: NodeJS.Timeout | undefined
    let leave = () => {}
    let stopListening = () => {}
    try {
      return await new Promise(resolve => {
        attempt.outcome.then(resolve, () => { resolve({ state: 'lost' }) })
        run?.outcome.then(resolve)
        stopListening = onHangUp(() => { resolve({ state: 'hung-up' }) })
        leave = () => { resolve({ state: 'closing' }) }
        waiting.add(leave)
        if (deadline === undefined) return
        timer = setTimeout(() => {
          withinTime(async () => await attempt.acknowledge(), ACKNOWLEDGE_TIME).then(resolve, () => { resolve({ state: 'acknowledged' }) })
        }, Math.max(0, arrivedAt + deadline - ACKNOWLEDGE_TIME - performance.now()))
      })
    } finally {
      clearTimeout(timer)
      stopListening()
      waiting.delete(leave)
    }
  }

  async function closeAll (): Promise<void> {
    await withinTime(async () => { while (running.size > 0) await Promise.all([...running.values()].map(async run => await run.outcome)) }, closeGrace).catch(() => {})
    graceOver = true
    const left = [...running.values()]
    for (const run of left) {
      run.abort('the server closes')
      run.settle({ state: 'failed' })
    }
    for (const leave of waiting) leave()
    await Promise.all(left.map(async run => await run.outcome))
  }

  return {
    async deliver (delivery) {
      const key = delivery.key ?? randomUUID()
      // Attaching again after a lost run is no new request of WeCom.
      let number: number | undefined
      for (let losses = 0; ; losses++) {
        if (closing !== undefined) return { state: 'closing', attempt: number ?? 0 }
        if (losses > 1) await sleep(25 * 2 ** losses)
        const attempt = await attach(delivery, key, losses > MOST_LOSSES)
        number ??= attempt.number
        if (closing !== undefined && attempt.run !== undefined) {
          attempt.detach()
          attempt.run.settle({ state: 'failed' }).catch(() => {})
          return { state: 'closing', attempt: number }
        }
        const run = attempt.run === undefined ? undefined : start(attempt, attempt.run, number, key, delivery)
        const outcome = await wait(attempt, run, delivery)
        attempt.detach()
        const here = run ?? running.get(key)
        if (outcome.state === 'acknowledged' && here !== undefined) here.acknowledged = true
        if (outcome.state === 'hung-up' && delivery.deadline === undefined) here?.abortWhenAbandoned()
        if (outcome.state !== 'lost') return { ...outcome, attempt: number }
      }
    },

    async close () {
      await (closing ??= closeAll())
    },

    async end () {
      if (store !== false) await store.close?.()
    }
  }
}

/** Attaching must leave time for the acknowledgement. */
function timeToAttach ({ deadline, arrivedAt }: Delivery): number {
  if (deadline === undefined) return STORE_TIMEOUT
  return Math.min(STORE_TIMEOUT, Math.max(ACKNOWLEDGE_TIME, (arrivedAt + deadline - performance.now()) / 2))
}

/** A store that answers after all must not be left waiting for a run that it thinks runs here. */
function settleLate (attaching: Promise<Attempt>, outcome: Promise<Outcome>): void {
  attaching.then(async attempt => {
    attempt.detach()
    const settled = await outcome
    if (settled.state === 'acknowledged') await attempt.acknowledge()
    else await attempt.run?.settle(settled.state === 'done' ? settled : { state: 'failed' })
  }).catch(() => {})
}

function storeUnavailable (cause: unknown): Error {
  return wecomError('WECOM_STORE_UNAVAILABLE', {
    expected: 'the store to answer',
    got: rejectionText(cause),
    fix: "WeCom got 503 and will send the message again. Look at the store (Redis?); onStoreError: 'handle' goes on without it.",
    cause
  })
}
