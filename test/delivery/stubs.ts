import { vi, type Mock } from 'vitest'
import type { Attempt, AttemptStore, Outcome, OwnedRun, Settlement } from '../../src/delivery/attempts.js'
import { createDeliverer, type Deliverer, type DelivererOptions } from '../../src/delivery/deliver.js'
import type { Delivery, Run } from '../../src/delivery/delivery.js'
import { createUnclaimed } from '../../src/delivery/unclaimed.js'
import { LocalRun, Running } from '../../src/delivery/run.js'

// A delivery without a server, and a store without a memory, for tests of what happens in between, by the millisecond.

export interface Message {
  delivery: Delivery
  /** The runs that its handler was given. */
  runs: Run[]
  warnings: Array<[string, unknown?]>
  /** What was told beside the answer: `late`, `slow` and `repeated`, with what they were told with. */
  told: unknown[][]
  hangUp (): void
  /** How many listen for it. */
  listening (): number
}

export function message (changes: Partial<Delivery> = {}): Message {
  const [runs, warnings, told]: [Run[], Message['warnings'], unknown[][]] = [[], [], []]
  const listeners = new Set<() => void>()
  const delivery: Delivery = {
    key: 'key',
    arrivedAt: performance.now(),
    keepUntil: Date.now() + 60_000,
    deadline: undefined,
    takesLateReplies: false,
    connection: {
      onHangUp (listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      isGone: () => false
    },
    start (run) { runs.push(run) },
    late (settlement, how) { told.push(['late', settlement, how]) },
    slow () { told.push(['slow']) },
    repeated () { told.push(['repeated']) },
    warn (text, cause) { warnings.push(cause === undefined ? [text] : [text, cause]) },
    ...changes
  }
  return { delivery, runs, warnings, told, hangUp () { for (const listener of listeners) listener() }, listening: () => listeners.size }
}

/** Never decided. */
export const open = new Promise<Outcome>(() => {})

export interface StubRun extends OwnedRun {
  settle: Mock<OwnedRun['settle']>
}

/** A run as a store hands it out. */
export function ownedRun (changes: Partial<OwnedRun> = {}): StubRun {
  return { settle: vi.fn<OwnedRun['settle']>(async settlement => settlement), idle: () => 0, ...changes } as StubRun
}

export interface StubRunOptions {
  owned: OwnedRun
  attempts: number
  waiting: number
  unstored: boolean
  /** What the store makes of a settlement. */
  record (settlement: Settlement): Outcome | Promise<Outcome>
  slow (): void
}

/** A run of this process, alone. */
export function createRun ({ owned, attempts, waiting, unstored, record, slow }: StubRunOptions): LocalRun {
  const access = { memory: undefined, isUnstored: () => unstored, remember () {} }
  return new LocalRun(
    { running: new Running(), unclaimed: createUnclaimed(), access, settleTime: () => 1_000 },
    { attempt: attempt(undefined), owned: { ...owned, settle: record }, number: attempts, waiting, key: 'key', delivery: message({ slow }).delivery }
  )
}

export interface StubAttempt extends Attempt {
  acknowledge: Mock<Attempt['acknowledge']>
  detach: Mock<Attempt['detach']>
}

/** The third attempt for a message, by the store's count. */
export function attempt (run: OwnedRun | undefined, changes: Partial<Attempt> = {}): StubAttempt {
  return { number: 3, run, outcome: open, acknowledge: vi.fn<Attempt['acknowledge']>(async () => ({ state: 'acknowledged' })), detach: vi.fn<Attempt['detach']>(), ...changes } as StubAttempt
}

/** A deliverer whose store gives these, one after the other. */
export function delivererOf (attempts: Attempt[], options: Partial<DelivererOptions> = {}): { deliverer: Deliverer, attach: Mock<AttemptStore['attach']> } {
  const left = [...attempts]
  const attach = vi.fn<AttemptStore['attach']>(async () => {
    const next = left.shift()
    if (next === undefined) throw new Error('attached too often')
    return next
  })
  return { deliverer: createDeliverer({ store: { attach }, onStoreError: 'handle', closeGrace: 100, ...options }), attach }
}
