import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createOwnMemory, type OwnMemory } from '../../src/delivery/own-memory.js'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

const own = (reply = '') => ({ outcome: { state: 'done', reply } as const, attempts: 2 })
const inSeconds = (seconds: number): number => Date.now() + seconds * 1_000
const knows = (memory: OwnMemory, ...keys: string[]): boolean[] => keys.map(key => memory.recall(key) !== undefined)

test('what was handled is recalled until its time is up, to the last millisecond, by a clock that does not jump', () => {
  const memory = createOwnMemory()
  memory.remember('a', own('r'), inSeconds(60))
  expect(memory.recall('a')).toMatchObject(own('r'))
  expect(memory.recall('b')).toBeUndefined()
  vi.advanceTimersByTime(60_000)
  expect(knows(memory, 'a')).toEqual([true])
  vi.setSystemTime(0)
  expect(knows(memory, 'a')).toEqual([true])
  vi.advanceTimersByTime(1)
  expect(knows(memory, 'a', 'a')).toEqual([false, false])
})

test('what is remembered again has its new outcome and time', () => {
  const memory = createOwnMemory()
  memory.remember('a', own('old'), inSeconds(60))
  memory.remember('a', { outcome: { state: 'acknowledged' }, attempts: 3 }, inSeconds(600))
  vi.advanceTimersByTime(599_000)
  expect(memory.recall('a')).toMatchObject({ outcome: { state: 'acknowledged' }, attempts: 3 })
})

test('beyond 16 MiB the oldest are forgotten first', () => {
  const memory = createOwnMemory()
  const key = (index: number): string => String(index).padStart(40, '0')
  // 480 bytes each.
  const most = Math.floor(16 * 2 ** 20 / 480)
  for (let index = 0; index < most; index++) memory.remember(key(index), { outcome: { state: 'acknowledged' }, attempts: 1 }, inSeconds(60))
  // To be remembered again makes it the newest.
  memory.remember(key(0), { outcome: { state: 'acknowledged' }, attempts: 1 }, inSeconds(60))
  expect(knows(memory, key(0), key(1), key(most - 1))).toEqual([true, true, true])
  memory.remember(key(most), own(), inSeconds(60))
  expect(knows(memory, key(0), key(1), key(2), key(most))).toEqual([true, false, true, true])
})

test('replies count, and what is gone does not', () => {
  const memory = createOwnMemory()
  // Two bytes a character: with what an entry takes, four of them are just within the bound.
  const quarter = 'x'.repeat(2 * 2 ** 20 - 300)
  for (const key of ['a', 'b', 'c', 'd']) memory.remember(key, own(quarter), inSeconds(60))
  for (let round = 0; round < 3; round++) memory.remember('d', own(quarter), inSeconds(60))
  expect(knows(memory, 'a', 'b', 'c', 'd')).toEqual([true, true, true, true])
  memory.remember('e', own(quarter), inSeconds(60))
  expect(knows(memory, 'a', 'b', 'c', 'd', 'e')).toEqual([false, true, true, true, true])
  vi.advanceTimersByTime(60_001)
  expect(knows(memory, 'b', 'c', 'd', 'e')).toEqual([false, false, false, false])
  for (const key of ['f', 'g', 'h', 'i']) memory.remember(key, own(quarter), inSeconds(60))
  expect(knows(memory, 'f', 'g', 'h', 'i')).toEqual([true, true, true, true])
})

test('keys count', () => {
  const memory = createOwnMemory()
  const quarter = 'x'.repeat(2 * 2 ** 20 - 300)
  for (const key of ['a', 'b', 'c', 'd']) memory.remember(key, own(quarter), inSeconds(60))
  memory.remember('k'.repeat(50), { outcome: { state: 'acknowledged' }, attempts: 1 }, inSeconds(60))
  expect(knows(memory, 'a')).toEqual([true])
  memory.remember('k'.repeat(500), { outcome: { state: 'acknowledged' }, attempts: 1 }, inSeconds(60))
  expect(knows(memory, 'a', 'b')).toEqual([false, true])
})

test('those whose time is up go when another comes', () => {
  const memory = createOwnMemory()
  const deleted = vi.spyOn(Map.prototype, 'delete')
  memory.remember('a', own(), inSeconds(1))
  memory.remember('b', own(), inSeconds(60))
  vi.advanceTimersByTime(1_001)
  memory.remember('c', own(), inSeconds(60))
  expect(deleted.mock.calls.flat()).toContain('a')
  deleted.mockRestore()
  expect(knows(memory, 'b', 'c')).toEqual([true, true])
})
