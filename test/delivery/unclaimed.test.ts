import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OwnedRun, Settlement } from '../../src/delivery/attempts.js'
import { createUnclaimed, type UnclaimedRun } from '../../src/delivery/unclaimed.js'
import { timersOf } from './timers.js'

// By themselves; late.test.ts has the same over sockets.

const done: Settlement = { state: 'done', reply: 'r' }
const failed: Settlement = { state: 'failed' }
/** A retry follows within this time, if one does. */
const gap = 5_000

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

function unclaimed (settlement: Settlement, { idle = 0, collected, withdraw = false }: { idle?: number, collected?: NonNullable<OwnedRun['collected']>, withdraw?: boolean } = {}) {
  const told: string[] = []
  const owned: OwnedRun = { settle: async settlement => settlement, idle: () => idle, ...(collected === undefined ? {} : { collected }) }
  const run: UnclaimedRun = { owned, settlement, withdraw, late () { told.push('late') }, repeated () { told.push('repeated') } }
  return { run, told }
}

describe.each([done, failed])('a settlement that nobody waits for ($state)', settlement => {
  test.each<[string, Parameters<typeof unclaimed>[1], number]>([
    ['as long as a retry needs', {}, gap],
    ['from when the last attempt left', { idle: 2_000 }, gap - 2_000],
    ['no longer where that is over', { idle: 20_000 }, 0],
    ['a second for word from other processes', { idle: 20_000, collected: async () => false }, 1_000],
    ['no second beyond the time of a retry', { collected: async () => false }, gap]
  ])('is late after %s', async (_name, options, after) => {
    const { run, told } = unclaimed(settlement, options)
    createUnclaimed().add('key', run)
    if (after > 0) await vi.advanceTimersByTimeAsync(after - 1)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toEqual(['late'])
    await vi.advanceTimersByTimeAsync(10 * gap)
    expect(told).toEqual(['late'])
  })

  test('is not late once an attempt here has it, which for a failure is told', async () => {
    const list = createUnclaimed()
    const { run, told } = unclaimed(settlement)
    list.add('key', run)
    list.claim('another')
    list.claim('key')
    list.claim('key')
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(2 * gap)
    expect(told).toEqual(settlement === failed ? ['repeated'] : [])
  })

  test('is not late where an attempt elsewhere has it, which for a failure is told', async () => {
    const { run, told } = unclaimed(settlement, { collected: async () => true })
    createUnclaimed().add('key', run)
    await vi.advanceTimersByTimeAsync(gap)
    expect(told).toEqual(settlement === failed ? ['repeated'] : [])
  })

  test.each<[string, NonNullable<OwnedRun['collected']>]>([
    ['rejects', async () => await Promise.reject(new Error('down'))],
    ['throws', () => { throw new Error('down') }]
  ])('is late where the store, when asked, %s: rather told than lost', async (_name, collected) => {
    const { run, told } = unclaimed(settlement, { collected })
    createUnclaimed().add('key', run)
    await vi.advanceTimersByTimeAsync(gap)
    expect(told).toEqual(['late'])
  })

  test('that an attempt here takes while the store is asked is not late', async () => {
    const list = createUnclaimed()
    let answer: (collected: boolean) => void = () => {}
    const { run, told } = unclaimed(settlement, { collected: async () => await new Promise(resolve => { answer = resolve }) })
    list.add('key', run)
    await vi.advanceTimersByTimeAsync(gap)
    list.claim('key')
    answer(false)
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual(settlement === failed ? ['repeated'] : [])
  })

  test('is late when the server closes, at once', async () => {
    const list = createUnclaimed()
    const [one, other] = [unclaimed(settlement), unclaimed(settlement, { collected: async () => true })]
    list.add('one', one.run)
    list.add('other', other.run)
    await list.close(1_000)
    expect([one.told, other.told]).toEqual([['late'], settlement === failed ? ['repeated'] : []])
    expect(vi.getTimerCount()).toBe(0)
    await list.close(1_000)
    expect(one.told).toEqual(['late'])
  })
})

test.each([true, false])('the store is told whether the reply goes another way (%s)', async withdraw => {
  const collected = vi.fn(async () => false)
  const { run } = unclaimed(done, { collected, withdraw })
  createUnclaimed().add('key', run)
  await vi.advanceTimersByTimeAsync(gap)
  expect(collected.mock.calls).toEqual([[withdraw]])
})

test('what waits keeps no process alive', () => {
  const timers = timersOf(() => { createUnclaimed().add('key', unclaimed(done).run) })
  expect(timers.map(timer => timer.hasRef())).toEqual([false])
})
