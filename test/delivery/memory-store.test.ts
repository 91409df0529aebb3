import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStore, type AttachOptions, type AttemptStore, type Settlement } from '../../src/index.js'

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

  test('to the last millisecond, as a request on the edge of the tolerance still passes', async () => {
    for (const [milliseconds, known] of [[60_000, true], [60_001, false]] as const) {
      const store = memoryStore()
      await finish(store, 'a', 'x', 60)
      vi.advanceTimersByTime(milliseconds)
      expect(await isKnown(store, 'a')).toBe(known)
    }
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

  test.each([[1_204, [true, true]], [1_203, [false, true]]])('is %i bytes: two runs of a letter each, with 600 bytes for what else they take', async (maxBytes, expected) => {
    const store = memoryStore({ maxBytes })
    for (const key of ['a', 'b']) await finish(store, key)
    expect([await isKnown(store, 'a'), await isKnown(store, 'b')]).toEqual(expected)
  })

  test.each([[800, true], [801, false]])('a reply that is larger than all of it goes itself, with a warning, and no other (%i characters)', async (length, kept) => {
    const warnings: string[] = []
    const store = memoryStore({ maxBytes: 602 + 2 * 800 })
    await finish(store, 'a', 'x'.repeat(length), 60, message => { warnings.push(message) })
    expect(warnings).toEqual(kept ? [] : ['a reply is larger than maxBytes of the memory store: its message is not remembered, and is handled again if WeCom repeats it; raise maxBytes'])
    expect(await isKnown(store, 'a')).toBe(kept)
    const small = memoryStore({ maxBytes: 602 + 2 * 800 })
    await finish(small, 'b')
    await finish(small, 'a', 'x'.repeat(801))
    expect(await isKnown(small, 'b')).toBe(true)
  })

  test('does not count what is gone: forgotten, expired, or too large', async () => {
    const warnings: string[] = []
    const store = memoryStore({ maxEntries: 3 })
    const warn = (message: string) => { warnings.push(message) }
    for (let round = 0; round < 4; round++) {
      await finish(store, 'a', '', -1, warn)
      await finish(store, 'b', '', 1, warn)
      vi.advanceTimersByTime(1_001)
    }
    for (const key of ['c', 'd', 'e']) await finish(store, key, '', 60, warn)
    expect(await Promise.all(['c', 'd', 'e'].map(key => isKnown(store, key)))).toEqual([true, true, true])
    expect(warnings).toEqual([])
    await finish(store, 'f', '', 60, warn)
    expect(warnings).toEqual(['the memory store is full and forgets messages early: if WeCom repeats one, it may be handled again; raise maxBytes and maxEntries, or use redisStore()'])
  })

  test('holds over thousands, and the newest are there', async () => {
    const store = memoryStore({ maxEntries: 10 })
    for (let index = 0; index < 5_000; index++) await finish(store, `${index}`, `reply ${index}`)
    const known = await Promise.all(Array.from({ length: 10 }, async (_, index) => (await (await store.attach(`${4_990 + index}`, options())).outcome)))
    expect(known).toEqual(Array.from({ length: 10 }, (_, index) => ({ state: 'done', reply: `reply ${4_990 + index}` })))
    expect(await isKnown(store, '4989')).toBe(false)
  })

  test('is not reached by a run that is settled twice', async () => {
    const store = memoryStore({ maxEntries: 2 })
    const { run } = await store.attach('a', options())
    for (let round = 0; round < 3; round++) await run?.settle({ state: 'done', reply: '' })
    await finish(store, 'b')
    expect([await isKnown(store, 'a'), await isKnown(store, 'b')]).toEqual([true, true])
  })

  test.each(['maxBytes', 'maxEntries'])('%s is named where it is refused', name => {
    expect(() => memoryStore({ [name]: -1 })).toThrow(`memoryStore ${name}`)
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

describe('a settlement is collected', () => {
  async function settled (settlement: Settlement) {
    const store = memoryStore()
    const first = await store.attach('a', options())
    const waiting = await store.attach('a', options())
    first.detach()
    await first.run?.settle(settlement)
    return { store, waiting, collected: async (withdraw: boolean) => await first.run?.collected?.(withdraw), again: async () => await store.attach('a', options()) }
  }
  const done = { state: 'done', reply: 'r' } as const

  test('by an attempt that goes away with it, and not by one that hangs up', async () => {
    for (const answered of [true, false]) {
      const { waiting, collected, again } = await settled(done)
      waiting.detach(answered)
      expect([await collected(true), await (await again()).outcome]).toEqual([answered, answered ? done : { state: 'acknowledged' }])
    }
  })

  test('or is not withdrawn, where its reply goes no other way', async () => {
    const { collected, again } = await settled(done)
    expect([await collected(false), await (await again()).outcome]).toEqual([false, done])
  })

  test('a failure, by an attempt that runs the message anew', async () => {
    const { collected, again } = await settled({ state: 'failed' })
    expect(await collected(true)).toBe(false)
    const next = await again()
    expect([next.run !== undefined, await collected(true)]).toEqual([true, true])
    await next.run?.settle(done)
    expect(await collected(true)).toBe(true)
  })

  test('a failure that is forgotten by nobody', async () => {
    const { store, collected } = await settled({ state: 'failed' })
    vi.advanceTimersByTime(61_000)
    await finish(store, 'b')
    expect(await collected(true)).toBe(false)
  })
})
