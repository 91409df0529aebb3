import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStore, type AttachOptions, type AttemptStore } from '../../src/index.js'

const options = (seconds = 60, warn: AttachOptions['warn'] = () => {}): AttachOptions => ({ keepUntil: Date.now() + seconds * 1000, warn })

async function finish (store: AttemptStore, key: string, reply = '', seconds = 60, warn: AttachOptions['warn'] = () => {}) {
  const attempt = await store.attach(key, options(seconds, warn))
  await attempt.run?.settle({ state: 'done', reply })
  attempt.detach()
}

const isKnown = async (store: AttemptStore, key: string) => (await store.attach(key, options())).run === undefined

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

describe('lifetime', () => {
  test('a finished run is remembered until its time is up', async () => {
    const store = memoryStore()
    await finish(store, 'a', 'x', 60)
    vi.advanceTimersByTime(59_000)
    expect(await isKnown(store, 'a')).toBe(true)
    vi.advanceTimersByTime(61_000)
    expect(await isKnown(store, 'a')).toBe(false)
  })

  test('a further attempt prolongs what is remembered and never shortens it, whether the run is over or not', async () => {
    const store = memoryStore()
    await finish(store, 'a', 'x', 60)
    const running = await store.attach('b', options(60))
    for (const seconds of [600, 30]) for (const key of ['a', 'b']) await store.attach(key, options(seconds))
    await running.run?.settle({ state: 'done', reply: '' })
    vi.advanceTimersByTime(599_000)
    expect([await isKnown(store, 'a'), await isKnown(store, 'b')]).toEqual([true, true])
    // Which has prolonged it once more.
    vi.advanceTimersByTime(60_001)
    expect([await isKnown(store, 'a'), await isKnown(store, 'b')]).toEqual([false, false])
  })

  test('a running one is remembered however long it takes', async () => {
    const store = memoryStore()
    await store.attach('a', options(1))
    vi.advanceTimersByTime(3_600_000)
    expect(await isKnown(store, 'a')).toBe(true)
  })
})

describe('the bound', () => {
  test('forgets the oldest finished first, never running ones, and says so once a minute', async () => {
    const warnings: string[] = []
    const store = memoryStore({ maxEntries: 3 })
    await store.attach('running', options())
    for (const key of ['a', 'b', 'c', 'd', 'e']) await finish(store, key, '', 60, message => { warnings.push(message) })
    expect(warnings).toHaveLength(1)
    expect(await isKnown(store, 'running')).toBe(true)
    expect(await Promise.all(['c', 'd', 'e'].map(key => isKnown(store, key)))).toEqual([true, true, true])
    expect(await isKnown(store, 'a')).toBe(false)
    vi.advanceTimersByTime(61_000)
  })

  test('counts replies by their bytes', async () => {
    const store = memoryStore({ maxBytes: 10_000 })
    for (const key of ['a', 'b', 'c']) await finish(store, key, 'x'.repeat(2_000))
    expect(await isKnown(store, 'c')).toBe(true)
    expect(await isKnown(store, 'a')).toBe(false)
  })

  test.each([{ maxBytes: 0 }, { maxEntries: 1.5 }, { maxEntries: 'many' as unknown as number }])('%j is refused', options => {
    expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
  })
})

test('after a failure the key is free, and the count of attempts goes on', async () => {
  const store = memoryStore()
  const first = await store.attach('a', options())
  const waiting = await store.attach('a', options())
  await first.run?.settle({ state: 'failed' })
  expect(await waiting.outcome).toEqual({ state: 'failed' })
  const third = await store.attach('a', options())
  expect([third.number, third.run !== undefined]).toEqual([3, true])
})

test('the first of settlement and acknowledgement counts', async () => {
  const store = memoryStore()
  const [a, b] = [await store.attach('a', options()), await store.attach('b', options())]
  expect(await a.acknowledge()).toEqual({ state: 'acknowledged' })
  expect(await a.run?.settle({ state: 'done', reply: 'x' })).toEqual({ state: 'acknowledged' })
  expect(await b.run?.settle({ state: 'done', reply: 'x' })).toEqual({ state: 'done', reply: 'x' })
  expect(await b.acknowledge()).toEqual({ state: 'done', reply: 'x' })
  expect(await (await store.attach('a', options())).outcome).toEqual({ state: 'acknowledged' })
})

test('a run knows how long nobody has waited for it', async () => {
  const store = memoryStore()
  const first = await store.attach('a', options())
  expect(first.run?.idle()).toBe(0)
  first.detach()
  first.detach()
  vi.advanceTimersByTime(5_000)
  expect(first.run?.idle()).toBe(5_000)
  const second = await store.attach('a', options())
  expect(first.run?.idle()).toBe(0)
  second.detach()
  expect(first.run?.idle()).toBe(0)
})
