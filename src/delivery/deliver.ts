import { randomUUID } from 'node:crypto'
import { wecomError } from '../errors.js'
import { withinTime } from '../within-time.js'
import type { Attempt, AttemptStore, OwnedRun, Outcome, Settlement } from './attempts.js'
import { memoryStore } from './memory-store.js'
import { createRun, type LocalRun, type Run } from './run.js'

/** How one message is to be delivered. */
export interface Delivery {
  /** Undefined: a message of its own, which WeCom does not repeat. */
  key: string | undefined
  /** When the request came, milliseconds since 1970. */
  arrivedAt: number
  /** Until when a finished run is remembered, milliseconds since 1970. */
  keepUntil: number
  /** Milliseconds after which the empty answer goes out; undefined: the answer is held back, as a retry may collect it. */
  deadline: number | undefined
  /** Calls the listener when the connection is gone; returns how to stop listening. */
  onHangUp (listener: () => void): () => void
  /** Calls the handler, which settles the run when it likes. */
  start (run: Run, attempt: number): void
  /** The handler ended after WeCom had its answer, or when nobody would ask for the reply any more. */
  late (settlement: Settlement): void
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
}

/** How long a store may take for one answer, milliseconds: WeCom waits 5 seconds for ours. */
const STORE_TIMEOUT = 1_000

export function createDeliverer ({ store, onStoreError, closeGrace }: DelivererOptions): Deliverer {
  /** For what is not repeated, and for what this process still knows while the store fails. */
  const local = memoryStore()
  const running = new Set<LocalRun>()
  const waiting = new Set<() => void>()
  let closing = false

  async function attach ({ key, keepUntil, warn }: Delivery): Promise<Attempt> {
    if (key === undefined || store === false) return await local.attach(randomUUID(), { keepUntil: 0, warn })
    const attaching = store.attach(key, { keepUntil, warn })
    try {
      return await withinTime(() => attaching, STORE_TIMEOUT)
    } catch (cause) {
      if (onStoreError === 'refuse') {
        settleLate(attaching, Promise.resolve({ state: 'failed' }))
        throw storeUnavailable(cause)
      }
      warn('the store does not answer: going on without it, so another process may handle this message again', cause)
      const attempt = await local.attach(key, { keepUntil, warn })
      settleLate(attaching, attempt.outcome)
      return attempt
    }
  }

  function start (owned: OwnedRun, attempt: number, delivery: Delivery): LocalRun {
    const run = createRun(owned, async settlement => {
      const outcome = await withinTime(() => owned.settle(settlement), STORE_TIMEOUT).catch((cause: unknown): Outcome => {
        delivery.warn('the store does not take the answer: a repeat of this message may be handled again', cause)
        return settlement
      })
      running.delete(run)
      if (outcome.state === 'acknowledged' || (run.signal.aborted && !closing)) delivery.late(settlement)
      // Lost: another process took over while this one was slow. Its answer counts there, this one is as good here.
      return outcome.state === 'lost' ? settlement : outcome
    })
    running.add(run)
    delivery.start(run, attempt)
    return run
  }

  /** The first of: the run is decided, the deadline, the connection is gone, the server has no time left. */
  async function wait (attempt: Attempt, run: LocalRun | undefined, { deadline, arrivedAt, onHangUp }: Delivery): Promise<Outcome | { state: 'hung-up' | 'closing' }> {
    let timer: NodeJS.Timeout | undefined
    let leave = () => {}
    let stopListening = () => {}
    try {
      return await new Promise(resolve => {
        attempt.outcome.then(resolve, () => { resolve({ state: 'lost' }) })
        run?.outcome.then(resolve, () => {})
        stopListening = onHangUp(() => { resolve({ state: 'hung-up' }) })
        leave = () => { resolve({ state: 'closing' }) }
        waiting.add(leave)
        if (deadline === undefined) return
        timer = setTimeout(() => {
          withinTime(async () => await attempt.acknowledge(), STORE_TIMEOUT).then(resolve, () => { resolve({ state: 'acknowledged' }) })
        }, Math.max(0, arrivedAt + deadline - Date.now()))
      })
    } finally {
      clearTimeout(timer)
      stopListening()
      waiting.delete(leave)
    }
  }

  return {
    async deliver (delivery) {
      // Attaching again after a lost run is no new request of WeCom.
      let number: number | undefined
      for (;;) {
        if (closing) return { state: 'closing', attempt: 0 }
        const attempt = await attach(delivery)
        number ??= attempt.number
        const run = attempt.run === undefined ? undefined : start(attempt.run, number, delivery)
        const outcome = await wait(attempt, run, delivery)
        attempt.detach()
        if (outcome.state === 'hung-up' && delivery.deadline === undefined) run?.abortWhenAbandoned()
        if (outcome.state !== 'lost') return { ...outcome, attempt: number }
      }
    },

    async close () {
      closing = true
      const runs = [...running]
      const ended = Promise.all(runs.map(async run => await run.outcome))
      await withinTime(async () => await ended, closeGrace).catch(() => {})
      for (const run of running) {
        run.abort('the server closes')
        run.settle({ state: 'failed' })
      }
      for (const leave of waiting) leave()
      await ended
      if (store !== false) await store.close?.()
    }
  }
}

/** A store that answers after all must not be left waiting for a run that it thinks runs here. */
function settleLate (attaching: Promise<Attempt>, outcome: Promise<Outcome>): void {
  attaching.then(async attempt => {
    attempt.detach()
    const settled = await outcome
    await attempt.run?.settle(settled.state === 'done' ? settled : { state: 'failed' })
  }).catch(() => {})
}

function storeUnavailable (cause: unknown): Error {
  return wecomError('WECOM_STORE_UNAVAILABLE', {
    expected: 'the store to answer',
    got: cause instanceof Error ? cause.message : 'a rejection',
    fix: "WeCom got 503 and will send the message again. Look at the store (Redis?); onStoreError: 'handle' goes on without it.",
    cause
  })
}
