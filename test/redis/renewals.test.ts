import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome, Settlement } from '../../src/delivery/attempts.js'
import type { KnownRun, Renewal } from '../../src/redis/commands.js'
import { createLeases, type HeldRun } from '../../src/redis/leases.js'

const lease = 300
const done: Settlement = { state: 'done', reply: 'r' }
const open: Renewal = { state: 'open', sinceAttached: undefined, attempts: 1 }

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

function held (owner: string, changes: Partial<HeldRun> = {}): HeldRun {
  return { key: 'key', owner, attempts: 1, seen: 1, acknowledged: false, keepFor: () => 60_000, attached: 0, leftAt: performance.now(), busy: false, ...changes }
}

function setUp () {
  const renew = vi.fn<(run: KnownRun) => Promise<Renewal>>(async () => open)
  const settle = vi.fn<(run: KnownRun, settlement: Settlement) => Promise<Outcome>>(async (_run, settlement) => settlement)
  const [lost, settled]: [string[], Array<[string, Outcome]>] = [[], []]
  const leases = createLeases({ commands: { renew, settle }, lease, onLost (run) { lost.push(run.owner) }, onSettled (run, outcome) { settled.push([run.owner, outcome]) } })
  return { leases, renew, settle, lost, settled }
}

test('every run is renewed three times in its lease, until the last is released', async () => {
  const { leases, renew } = setUp()
  const [one, other] = [held('one'), held('other', { key: 'other' })]
  leases.hold(one)
  leases.hold(other)
  await vi.advanceTimersByTimeAsync(lease)
  expect(renew.mock.calls.map(([{ owner }]) => owner)).toEqual(['one', 'other', 'one', 'other', 'one', 'other'])
  leases.release(one)
  await vi.advanceTimersByTimeAsync(lease / 3)
  expect(renew.mock.calls.slice(6).map(([{ owner }]) => owner)).toEqual(['other'])
  leases.release(other)
  expect(vi.getTimerCount()).toBe(0)
  leases.hold(held('third'))
  await vi.advanceTimersByTimeAsync(lease / 3)
  expect(renew).toHaveBeenCalledTimes(8)
  leases.close()
  expect(vi.getTimerCount()).toBe(0)
})

describe('while Redis hangs', () => {
  test('one renewal of a run waits for it, not one more with every tick; the next goes out once it has answered', async () => {
    const { leases, renew } = setUp()
    let answer: (renewal: Renewal) => void = () => {}
    renew.mockImplementationOnce(async () => await new Promise(resolve => { answer = resolve }))
    leases.hold(held('one'))
    await vi.advanceTimersByTimeAsync(10 * lease)
    expect(renew).toHaveBeenCalledOnce()
    answer(open)
    await vi.advanceTimersByTimeAsync(lease / 3)
    expect(renew).toHaveBeenCalledTimes(2)
  })

  test('so does one ending, and none while a settlement is on its way', async () => {
    const { leases, renew, settle } = setUp()
    settle.mockImplementation(async () => await new Promise(() => {}))
    leases.hold(held('one', { ending: { settlement: done, until: Infinity } }))
    leases.hold(held('other', { key: 'other', busy: true }))
    await vi.advanceTimersByTimeAsync(10 * lease)
    expect([settle.mock.calls.length, renew.mock.calls.length]).toEqual([1, 0])
  })
})

test('a renewal that fails is followed by the next', async () => {
  const { leases, renew } = setUp()
  renew.mockRejectedValueOnce(new Error('down'))
  leases.hold(held('one'))
  await vi.advanceTimersByTimeAsync(lease)
  expect(renew).toHaveBeenCalledTimes(3)
})

test.each<[Renewal, string[]]>([[{ state: 'lost' }, ['one']], [{ state: 'ended' }, []]])('a run of which Redis says %j is not renewed any more', async (renewal, expected) => {
  const { leases, renew, lost } = setUp()
  renew.mockResolvedValueOnce(renewal)
  leases.hold(held('one'))
  await vi.advanceTimersByTimeAsync(lease)
  expect([renew.mock.calls.length, lost, leases.of('one'), leases.ownerOf('key')]).toEqual([1, expected, undefined, undefined])
})

test('what Redis says of a run that was released meanwhile does not matter', async () => {
  const { leases, renew, settle, lost, settled } = setUp()
  const [one, other] = [held('one'), held('other', { key: 'other', ending: { settlement: done, until: Infinity } })]
  let answer: () => void = () => {}
  const hangs = new Promise<void>(resolve => { answer = resolve })
  renew.mockImplementationOnce(async () => { await hangs; return { state: 'lost' } })
  settle.mockImplementationOnce(async () => { await hangs; return done })
  leases.hold(one)
  leases.hold(other)
  leases.renew()
  leases.release(one)
  leases.release(other)
  answer()
  await vi.advanceTimersByTimeAsync(0)
  expect([renew.mock.calls.length, settle.mock.calls.length, lost, settled]).toEqual([1, 1, [], []])
})

describe('an attempt elsewhere', () => {
  test('keeps a run from being idle for as long as WeCom waits for it', async () => {
    const { leases, renew } = setUp()
    const run = held('one')
    const begun = run.leftAt
    renew.mockResolvedValue({ state: 'open', attempts: 2, sinceAttached: 40 })
    leases.hold(run)
    await vi.advanceTimersByTimeAsync(lease / 3)
    expect([run.seen, run.leftAt]).toEqual([2, begun + lease / 3 - 40 + 5_000])
    // It is the same one with the next renewal.
    const { leftAt } = run
    await vi.advanceTimersByTimeAsync(lease)
    expect(run.leftAt).toBe(leftAt)
  })

  test('does not make an attempt that left later look older', async () => {
    const { leases, renew } = setUp()
    const run = held('one', { leftAt: performance.now() + 60_000 })
    const { leftAt } = run
    renew.mockResolvedValue({ state: 'open', attempts: 2, sinceAttached: 0 })
    leases.hold(run)
    await vi.advanceTimersByTimeAsync(lease / 3)
    expect(run.leftAt).toBe(leftAt)
  })

  test.each<Renewal>([{ state: 'open', attempts: 2, sinceAttached: undefined }, { state: 'open', attempts: 1, sinceAttached: 0 }])('is none where Redis says %j', async renewal => {
    const { leases, renew } = setUp()
    const run = held('one')
    const { leftAt } = run
    renew.mockResolvedValue(renewal)
    leases.hold(run)
    await vi.advanceTimersByTimeAsync(lease / 3)
    expect(run.leftAt).toBe(leftAt)
  })
})

describe('an ending that Redis did not take', () => {
  test('is offered with every tick instead of a renewal, until it is taken', async () => {
    const { leases, renew, settle, settled } = setUp()
    settle.mockRejectedValueOnce(new Error('OOM')).mockRejectedValueOnce(new Error('OOM'))
    const run = held('one', { ending: { settlement: done, until: Infinity } })
    leases.hold(run)
    await vi.advanceTimersByTimeAsync(2 * lease / 3)
    expect([settled, leases.of('one')]).toEqual([[], run])
    await vi.advanceTimersByTimeAsync(lease)
    expect(settled).toEqual([['one', done]])
    expect(settle.mock.calls).toEqual(Array.from({ length: 3 }, () => [run, done]))
    expect([renew.mock.calls.length, leases.of('one'), vi.getTimerCount()]).toEqual([0, undefined, 0])
  })

  test('is given up when nobody would have to remember it any more', async () => {
    const { leases, settle, settled } = setUp()
    settle.mockRejectedValue(new Error('OOM'))
    leases.hold(held('one', { ending: { settlement: done, until: performance.now() + lease } }))
    await vi.advanceTimersByTimeAsync(lease)
    expect([settle.mock.calls.length, leases.of('one') === undefined]).toEqual([3, false])
    await vi.advanceTimersByTimeAsync(lease)
    expect([settle.mock.calls.length, leases.of('one'), settled]).toEqual([3, undefined, []])
  })
})

test('a run is found by its owner and by its key; a newer run of the key outlives the release of an older one', () => {
  const { leases } = setUp()
  const [one, other] = [held('one'), held('other')]
  leases.hold(one)
  expect([leases.of('one'), leases.ownerOf('key')]).toEqual([one, 'one'])
  leases.hold(other)
  leases.release(one)
  expect([leases.of('one'), leases.of('other'), leases.ownerOf('key')]).toEqual([undefined, other, 'other'])
  leases.release(other)
  expect(leases.ownerOf('key')).toBeUndefined()
})
