import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Sight } from '../../src/redis/commands.js'
import { createWaiters, type Waiters } from '../../src/redis/waiters.js'

const done = { state: 'done', reply: 'r' } as const
const running = { state: 'running', leaseLeft: 1_000 } as const

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

/** Waiters who see these things, one after the other, when they look. */
function setUp (...sights: Array<Sight | Error>): { waiters: Waiters, looks: () => number, missed: () => number } {
  let looks = 0
  let missed = 0
  const look = async (): Promise<Sight> => {
    const sight = sights[looks++]
    if (sight === undefined || sight instanceof Error) throw sight ?? new Error('looked too often')
    return sight
  }
  return { waiters: createWaiters({ look, lease: 1_000, onMissed: () => { missed++ } }), looks: () => looks, missed: () => missed }
}

/** What it came to, if it has. */
async function soFar (outcome: Promise<unknown>): Promise<unknown> {
  return await Promise.race([outcome, vi.advanceTimersByTimeAsync(0).then(() => 'open')])
}

test.each([
  ['a message for its key', (waiters: Waiters) => { waiters.receive('done', 'owner', 'key') }],
  ['word that messages may have been lost', (waiters: Waiters) => { waiters.recheck() }]
])('%s that overtakes the answer to an attach makes it look', async (_name, overtake) => {
  const { waiters, looks } = setUp(done)
  const coming = waiters.expect('key')
  overtake(waiters)
  coming.end()
  expect(looks()).toBe(0)
  expect(await waiters.join('key', 'owner', 1_000, coming.missed).outcome).toEqual(done)
})

test('a message for another key, or after the answer, does not', async () => {
  const { waiters, looks } = setUp()
  const coming = waiters.expect('key')
  waiters.receive('done', 'owner', 'another')
  coming.end()
  waiters.receive('done', 'another', 'key')
  expect(coming.missed).toBe(false)
  expect(await soFar(waiters.join('key', 'owner', 1_000, coming.missed).outcome)).toBe('open')
  expect(looks()).toBe(0)
})

test('all who wait for a run look once when its lease would be over, and no more while it is renewed', async () => {
  const { waiters, looks } = setUp(running, running, { state: 'lost' })
  const outcomes = [1, 2, 3].map(() => waiters.join('key', 'owner', 1_000, false).outcome)
  await vi.advanceTimersByTimeAsync(2_200)
  expect(looks()).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => ({ state: 'lost' })))
})

test('where Redis does not answer, they look again a lease later', async () => {
  const { waiters, missed } = setUp(new Error('down'), done)
  const { outcome } = waiters.join('key', 'owner', 1_000, false)
  await vi.advanceTimersByTimeAsync(1_100)
  expect(await soFar(outcome)).toBe('open')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await outcome).toEqual(done)
  expect(missed()).toBe(1)
})

test('a run that Redis has forgotten is lost only if its owner does not bring it back within a lease', async () => {
  const back = setUp({ state: 'gone' }, { state: 'gone' }, running, done)
  const lost = setUp({ state: 'gone' }, { state: 'gone' }, { state: 'gone' })
  const outcomes = [back, lost].map(({ waiters }) => {
    const { outcome } = waiters.join('key', 'owner', 1_000, false)
    waiters.recheck()
    return outcome
  }) as [Promise<unknown>, Promise<unknown>]
  await vi.advanceTimersByTimeAsync(1_100)
  expect(await soFar(outcomes[1])).toBe('open')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await outcomes[1]).toEqual({ state: 'lost' })
  await vi.advanceTimersByTimeAsync(1_100)
  expect(await outcomes[0]).toEqual(done)
})

test('nobody looks for a run when all who waited have left, or when the store is closed', async () => {
  const { waiters, looks } = setUp()
  waiters.join('key', 'owner', 1_000, false).leave()
  const { outcome } = waiters.join('key', 'another', 1_000, false)
  waiters.close()
  expect(await outcome).toEqual({ state: 'lost' })
  expect(await waiters.join('key', 'third', 1_000, false).outcome).toEqual({ state: 'lost' })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(looks()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

describe('who watches the handler of a run', () => {
  /** Still running at the lease's end, with this much of the new one left. */
  const acknowledged: Sight = { state: 'acknowledged', leaseLeft: 500 }

  test.each<[string, 'ended' | 'lost', (waiters: Waiters) => void]>([
    ['has ended', 'ended', waiters => { waiters.receive('ended', 'owner', 'key') }],
    ['has a reply', 'ended', waiters => { waiters.receive('done', 'owner', 'key') }],
    ['has failed', 'ended', waiters => { waiters.receive('failed', 'owner', 'key') }],
    ['is another\'s', 'lost', waiters => { waiters.receive('lost', 'owner', 'key') }],
    ['was decided here', 'ended', waiters => { waiters.decide('owner', done) }],
    ['was lost here', 'lost', waiters => { waiters.decide('owner', { state: 'lost' }) }],
    ['is nobody\'s, as the store closes', 'lost', waiters => { waiters.close() }]
  ])('is told that it %s (%s), and asks Redis nothing for it', async (_name, end, happen) => {
    const { waiters, looks } = setUp()
    const [one, other] = [waiters.watch('key', 'owner', 1_000), waiters.watch('key', 'owner', 1_000)]
    happen(waiters)
    expect([await soFar(one), await soFar(other)]).toEqual([end, end])
    expect([looks(), vi.getTimerCount()]).toEqual([0, 0])
  })

  test.each<[string, (waiters: Waiters) => void]>([
    ['that it was acknowledged', waiters => { waiters.receive('acknowledged', 'owner', 'key') }],
    ['here that it was acknowledged', waiters => { waiters.decide('owner', { state: 'acknowledged' }, true) }],
    ['of another run of the key', waiters => { waiters.receive('ended', 'another', 'key') }],
    ['that nobody has lost another', waiters => { waiters.decide('another', { state: 'lost' }) }]
  ])('goes on when it is told %s, as the handler does', async (_name, happen) => {
    const { waiters } = setUp()
    const end = waiters.watch('key', 'owner', 1_000)
    const { outcome } = waiters.join('key', 'owner', 1_000, false)
    happen(waiters)
    expect(await soFar(end)).toBe('open')
    expect(await soFar(outcome)).toEqual(_name.includes('acknowledged') ? { state: 'acknowledged' } : 'open')
    waiters.receive('ended', 'owner', 'key')
    expect(await end).toBe('ended')
  })

  test('looks when the lease would be over, as often as it is renewed, until the handler has ended', async () => {
    const { waiters, looks, missed } = setUp(acknowledged, acknowledged, { state: 'acknowledged', leaseLeft: 0 })
    const end = waiters.watch('key', 'owner', 1_000)
    await vi.advanceTimersByTimeAsync(1_019)
    expect(looks()).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect([looks(), await soFar(end)]).toEqual([1, 'open'])
    await vi.advanceTimersByTimeAsync(520)
    expect([looks(), await soFar(end), missed()]).toEqual([2, 'open', 0])
    await vi.advanceTimersByTimeAsync(520)
    expect([looks(), await end, missed()]).toEqual([3, 'ended', 1])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('finds the run lost when its process has died, of which no message tells', async () => {
    const { waiters, missed } = setUp({ state: 'lost', leaseLeft: 0 })
    const end = waiters.watch('key', 'owner', 1_000)
    await vi.advanceTimersByTimeAsync(1_020)
    expect([await end, missed(), vi.getTimerCount()]).toEqual(['lost', 0, 0])
  })

  test('does not put off a look that is due sooner, and goes on looking when those who waited have left', async () => {
    const { waiters, looks } = setUp(acknowledged, { state: 'lost' })
    const waiting = waiters.join('key', 'owner', 300, false)
    const end = waiters.watch('key', 'owner', 5_000)
    waiting.leave()
    await vi.advanceTimersByTimeAsync(320)
    expect(looks()).toBe(1)
    await vi.advanceTimersByTimeAsync(520)
    expect(await end).toBe('lost')
  })

  test('together with one who waits: a look that finds it acknowledged answers the one, and the other goes on', async () => {
    const { waiters, missed } = setUp(acknowledged, { state: 'done', reply: '', leaseLeft: 0 })
    const [end, { outcome }] = [waiters.watch('key', 'owner', 1_000), waiters.join('key', 'owner', 1_000, false)]
    await vi.advanceTimersByTimeAsync(1_020)
    expect([await outcome, await soFar(end), missed()]).toEqual([{ state: 'acknowledged' }, 'open', 1])
    await vi.advanceTimersByTimeAsync(520)
    expect(await end).toBe('ended')
  })

  test('needs no reply fetched, where nobody waits for it', async () => {
    const { waiters, looks } = setUp()
    const end = waiters.watch('key', 'owner', 1_000)
    waiters.join('key', 'owner', 1_000, false).leave()
    waiters.receive('done', 'owner', 'key')
    expect([await end, looks()]).toEqual(['ended', 0])
  })

  test('is told at once where the store is closed', async () => {
    const { waiters } = setUp()
    waiters.close()
    expect(await waiters.watch('key', 'owner', 1_000)).toBe('lost')
    expect(vi.getTimerCount()).toBe(0)
  })
})

test.each<[string, Sight]>([['lost', { state: 'lost' }], ['failed', { state: 'failed' }], ['acknowledged', { state: 'acknowledged', leaseLeft: 0 }]])('a look that finds the run %s says so, and a connection that should have said so is made anew', async (state, sight) => {
  const { waiters, missed } = setUp(sight)
  const { outcome } = waiters.join('key', 'owner', 1_000, false)
  await vi.advanceTimersByTimeAsync(1_020)
  expect([await outcome, missed()]).toEqual([{ state }, state === 'lost' ? 0 : 1])
})

test('what a look finds after a message has said it wakes nobody twice', async () => {
  const { waiters, missed } = setUp(done)
  const { outcome } = waiters.join('key', 'owner', 1_000, true)
  waiters.receive('failed', 'owner', 'key')
  expect(await outcome).toEqual({ state: 'failed' })
  await vi.advanceTimersByTimeAsync(5_000)
  expect([missed(), vi.getTimerCount()]).toEqual([0, 0])
})

test('a look that was asked for wakes who waits, and is no word that was missed', async () => {
  for (const ask of [(waiters: Waiters) => { waiters.receive('done', 'owner', 'key') }, (waiters: Waiters) => { waiters.recheck() }]) {
    const { waiters, missed } = setUp(done)
    const { outcome } = waiters.join('key', 'owner', 1_000, false)
    ask(waiters)
    expect([await outcome, missed()]).toEqual([done, 0])
  }
})

test('one who leaves lets the others wait', async () => {
  const { waiters } = setUp(done)
  const [one, other] = [waiters.join('key', 'owner', 1_000, false), waiters.join('key', 'owner', 1_000, false)]
  one.leave()
  one.leave()
  expect(vi.getTimerCount()).toBe(1)
  waiters.receive('done', 'owner', 'key')
  expect([await other.outcome, await soFar(one.outcome)]).toEqual([done, 'open'])
})
