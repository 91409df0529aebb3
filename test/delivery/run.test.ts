import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OwnedRun, Outcome } from '../../src/delivery/attempts.js'
import type { LocalRun } from '../../src/delivery/run.js'
import { createRun, type StubRunOptions } from './stubs.js'
import { timersOf } from './timers.js'

const done = { state: 'done', reply: 'r' } as const

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

/** `left`: when the last attempt went away, undefined while one waits. */
function setUp (changes: Partial<StubRunOptions> & { acknowledged?: boolean } = {}) {
  const clock: { left: number | undefined } = { left: undefined }
  const slow = vi.fn()
  const record = vi.fn<StubRunOptions['record']>(async settlement => settlement)
  const { acknowledged, ...options } = changes
  const owned: OwnedRun = {
    settle: async settlement => settlement,
    idle: () => clock.left === undefined ? 0 : performance.now() - clock.left,
    ...(acknowledged === undefined ? {} : { acknowledged })
  }
  const run = createRun({ owned, attempts: 1, waiting: 1, unstored: false, record, slow, ...options })
  const leave = (): void => { clock.left = performance.now() }
  return { run, clock, leave, slow, record }
}

const soFar = async (outcome: Promise<Outcome>): Promise<unknown> => await Promise.race([outcome, vi.advanceTimersByTimeAsync(0).then(() => 'open')])

describe('a settlement', () => {
  test('is recorded once, and what holds is what the store says', async () => {
    const { run, record } = setUp()
    record.mockResolvedValue({ state: 'acknowledged' })
    expect([run.settled, await soFar(run.outcome)]).toEqual([false, 'open'])
    run.settle(done)
    run.settle({ state: 'failed' })
    expect(run.settled).toBe(true)
    expect(await run.outcome).toEqual({ state: 'acknowledged' })
    expect(record.mock.calls).toEqual([[done]])
  })

  test('that cannot be recorded holds itself', async () => {
    const { run } = setUp({ record: async () => await Promise.reject(new Error('down')) })
    run.settle(done)
    expect(await run.outcome).toEqual(done)
  })

  test.each<[string, () => unknown]>([
    ['at once', () => undefined], ['later', async () => {}]
  ])('of which the store says nothing, %s, waits for a retry where nobody waits: it may be late', async (_when, record) => {
    const { run } = setUp({ waiting: 0, record: record as StubRunOptions['record'] })
    run.settle(done)
    expect(await run.outcome).toEqual(done)
    expect(vi.getTimerCount()).toBe(1)
  })

  test('leaves no timer behind', () => {
    const { run } = setUp({ record: settlement => settlement })
    run.abortWhenAbandoned()
    expect(vi.getTimerCount()).toBe(2)
    run.settle(done)
    expect(vi.getTimerCount()).toBe(0)
    run.abortWhenAbandoned()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a handler that is slow', () => {
  test('is so after the five seconds that WeCom waits, once', () => {
    const { slow } = setUp()
    vi.advanceTimersByTime(4_999)
    expect(slow).not.toHaveBeenCalled()
    vi.advanceTimersByTime(60_000)
    expect(slow).toHaveBeenCalledOnce()
  })

  test('is not, where it has ended', () => {
    const { run, slow } = setUp()
    run.settle(done)
    vi.advanceTimersByTime(60_000)
    expect(slow).not.toHaveBeenCalled()
  })
})

describe('a handler whose reply nobody waits for', () => {
  const reason = ({ signal }: LocalRun): unknown => (signal.reason as DOMException | undefined)?.message

  test.each([[1, 15_000], [2, 15_000], [3, 5_000], [4, 5_000]])('is told to stop when no retry can come any more (attempt %i: %i ms)', (attempts, milliseconds) => {
    const { run, leave } = setUp({ attempts })
    leave()
    run.abortWhenAbandoned()
    vi.advanceTimersByTime(milliseconds - 1)
    expect(run.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect([run.signal.aborted, reason(run), (run.signal.reason as DOMException).name]).toEqual([true, 'no retry of WeCom has asked for the reply', 'AbortError'])
  })

  test('goes on while an attempt waits, and is told once that one has left for long enough', () => {
    const { run, clock, leave } = setUp({ attempts: 3 })
    leave()
    run.abortWhenAbandoned()
    vi.advanceTimersByTime(2_000)
    clock.left = undefined
    vi.advanceTimersByTime(20_000)
    expect(run.signal.aborted).toBe(false)
    leave()
    vi.advanceTimersByTime(4_000)
    expect(run.signal.aborted).toBe(false)
    vi.advanceTimersByTime(6_000)
    expect(run.signal.aborted).toBe(true)
  })

  test('is looked after when the last attempt that left will have been gone for long enough, and not a gap later', () => {
    const { run, clock } = setUp({ attempts: 3 })
    run.abortWhenAbandoned()
    vi.advanceTimersByTime(3_000)
    clock.left = performance.now()
    vi.advanceTimersByTime(4_999)
    expect(run.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(run.signal.aborted).toBe(true)
  })

  test('counts from the last time that it is asked for', () => {
    const { run, leave } = setUp({ attempts: 3 })
    leave()
    run.abortWhenAbandoned()
    vi.advanceTimersByTime(4_000)
    leave()
    run.abortWhenAbandoned()
    expect(vi.getTimerCount()).toBe(2)
    vi.advanceTimersByTime(4_000)
    expect(run.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1_000)
    expect(run.signal.aborted).toBe(true)
  })

  test('goes by the attempts that there have been meanwhile', () => {
    const { run, leave } = setUp({ attempts: 1 })
    leave()
    run.abortWhenAbandoned()
    run.attempts = 4
    vi.advanceTimersByTime(15_000)
    expect(run.signal.aborted).toBe(true)
  })

  test('is not told to stop by itself', () => {
    const { run, leave } = setUp()
    leave()
    vi.advanceTimersByTime(600_000)
    expect(run.signal.aborted).toBe(false)
    run.abort('the server closes')
    expect(reason(run)).toBe('the server closes')
  })

  test('keeps no process alive', () => {
    const timers = timersOf(() => {
      setUp().run.abortWhenAbandoned()
      vi.advanceTimersByTime(0)
    })
    expect(timers.map(timer => timer.hasRef())).toEqual([false, false])
  })
})

describe('an attempt that joins while the store cannot be asked', () => {
  test('is counted, has the outcome, and runs nothing', async () => {
    const { run } = setUp({ attempts: 2 })
    const [third, fourth] = [run.join(), run.join()]
    expect([third.number, fourth.number, run.attempts, third.run]).toEqual([3, 4, 4, undefined])
    third.detach()
    run.settle(done)
    expect([await third.outcome, await fourth.outcome]).toEqual([done, done])
  })

  test('acknowledges it for this process', async () => {
    const { run } = setUp()
    expect(run.acknowledged).toBe(false)
    expect(await run.join().acknowledge()).toEqual({ state: 'acknowledged' })
    expect(run.acknowledged).toBe(true)
  })
})

test.each([[true, true], [undefined, false]])('a run that was taken over knows whether WeCom has had its answer (%s)', (acknowledged, expected) => {
  const { run } = setUp({ ...(acknowledged === undefined ? {} : { acknowledged }), unstored: true, waiting: 0 })
  expect([run.acknowledged, run.unstored, run.waiting]).toEqual([expected, true, 0])
})

test('how long nobody has waited is what the store says', () => {
  const { run, leave } = setUp()
  expect(run.idle()).toBe(0)
  leave()
  vi.advanceTimersByTime(70)
  expect(run.idle()).toBe(70)
})
