import { afterEach, beforeEach, expect, test, vi } from 'vitest'
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
