import { isPromise, whenReady } from '../support/when-ready.js'
import { withTimeout } from '../support/with-timeout.js'
import type { Attempt, Outcome, OwnedRun, Settlement } from './attempts.js'
import type { Delivery } from './delivery.js'
import { createRun, type LocalRun } from './run.js'
import type { StoreAccess } from './store-access.js'
import type { Unclaimed } from './unclaimed.js'

export interface StarterOptions {
  /** What runs in this process, by key. */
  running: Map<string, LocalRun>
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
export function createStarter ({ running, access, unclaimed, settleTime }: StarterOptions): StartRun {
  function start ({ attempt, owned, number, waiting, key, delivery, acknowledged = false }: RunStart): LocalRun {
    unclaimed.claim(key)
    const run = createRun({
      owned,
      attempts: number,
      waiting,
      unstored: access.isUnstored(attempt),
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
      if (settlement.state === 'done') {
        access.remember(key, { outcome: settlement, attempts: run.attempts }, delivery.keepUntil)
      }
      const lost = settlement.state === 'failed' || settlement.reply !== ''
      // Who hung up while the store took it has nothing.
      const expected = waiting > run.hungUp - hungUp
      if (lost && !expected) {
        unclaimed.add(key, {
          owned,
          settlement,
          late: () => {
            late(false)
          },
          repeated: delivery.repeated,
          withdraw: delivery.takesLateReplies
        })
      }
      return outcome
    }

    if (acknowledged) run.acknowledged = true
    running.set(key, run)
    delivery.start(run, number)
    return run
  }

  function settle (owned: OwnedRun, settlement: Settlement, { warn }: Delivery): Outcome | Promise<Outcome> {
    const unstored = (cause: unknown): Outcome => {
      try {
        warn('the store does not take the answer: a repeat of this message may be handled again', cause)
      } catch {
        // A logger that throws: the run has ended all the same.
      }
      return settlement
    }
    try {
      const outcome = owned.settle(settlement)
      if (!isPromise(outcome)) return outcome
      return withTimeout(async () => await outcome, settleTime()).catch(unstored)
    } catch (cause) {
      return unstored(cause)
    }
  }

  return start
}
