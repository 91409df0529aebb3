import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStreams, type MemoryStreamsOptions } from '../../src/streams/memory-streams.js'
import { StreamMemory } from '../../src/streams/stream-memory.js'
import { heldHeap } from '../support/heap.js'
import { ended, newKey, newStream, running, testStreamStore } from './store-contract.js'

beforeEach(() => { vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }) })
afterEach(() => { vi.useRealTimers() })

testStreamStore('memoryStreams', async () => {
  const store = memoryStreams()
  return {
    one: store,
    other: store,
    patience: 5_000 * 4 / 3,
    async pass (milliseconds) { vi.advanceTimersByTime(milliseconds) },
    async close () { await store.close?.() }
  }
})

const full = expect.objectContaining({ code: 'WECOM_STREAMS_FULL', statusCode: 503 })

/** Begun, written and ended, unless `text` stays open. */
function put (memory: StreamMemory, text: string, end = true): { key: string, token: string } {
  const [key, stream] = [newKey(), newStream()]
  const { token } = stream
  memory.begin(key, stream)
  memory.write(key, { token, offset: 0, text })
  if (end) memory.end(key, { token, offset: Buffer.byteLength(text), text: '', cause: 'done', final: '' })
  return { key, token }
}

describe('bounds', () => {
  test('the one that ended longest ago goes where there are too many; running ones stay', () => {
    const memory = new StreamMemory(3, 1_000)
    const open = put(memory, 'open', false)
    const [oldest, newer] = [put(memory, 'oldest'), put(memory, 'newer')]
    put(memory, 'newest')
    expect([open, oldest, newer].map(({ key }) => memory.poll(key, 'gone')?.text)).toEqual(['open', undefined, 'newer'])
  })

  test('running ones that fill it leave no room for another, until one ends', () => {
    const memory = new StreamMemory(2, 1_000)
    const [one] = [put(memory, 'a', false), put(memory, 'b', false)]
    expect(() => memory.begin(newKey(), newStream())).toThrow(full)
    expect(memory.begin(one.key, newStream())).toEqual(running(one.token, 'a'))
    memory.end(one.key, { token: one.token, offset: 1, text: '', cause: 'done', final: '' })
    put(memory, 'c', false)
    expect(memory.size).toBe(2)
  })

  test('running ones that are older than their life make room', () => {
    const memory = new StreamMemory(1, 1_000)
    const [key, stream] = [newKey(), newStream({ life: 100 })]
    memory.begin(key, stream)
    vi.advanceTimersByTime(99)
    expect(() => memory.begin(newKey(), newStream())).toThrow(full)
    vi.advanceTimersByTime(1)
    memory.begin(newKey(), newStream())
    expect(memory.poll(key, 'gone')).toBeUndefined()
  })

  test('texts, firsts and finals count by their bytes, and what has ended makes room', () => {
    const memory = new StreamMemory(10, 30)
    const [key, stream] = [newKey(), newStream({ first: '四' })]
    const { token } = stream
    memory.begin(key, stream)
    const old = put(memory, '一二三')
    expect(memory.bytes).toBe(12)
    memory.write(key, { token, offset: 0, text: 'x'.repeat(18) })
    expect([memory.bytes, memory.poll(old.key, 'gone')?.text]).toEqual([30, '一二三'])
    memory.write(key, { token, offset: 18, text: 'x' })
    expect([memory.bytes, memory.poll(old.key, 'gone')]).toEqual([22, undefined])
    expect(() => memory.write(key, { token, offset: 19, text: 'x'.repeat(9) })).toThrow(full)
    expect(memory.poll(key, 'gone')?.text).toBe('x'.repeat(19))
    expect(() => memory.end(key, { token, offset: 19, text: '', cause: 'done', final: 'i'.repeat(9) })).toThrow(full)
    expect(memory.poll(key, 'gone')?.state).toBe('running')
  })

  test('the words of an end are taken though it is full, so that it can end', () => {
    const memory = new StreamMemory(10, 10)
    const { key, token } = put(memory, 'x'.repeat(10), false)
    expect(memory.end(key, { token, offset: 10, text: '|end', cause: 'cut', final: '' })).toEqual({ state: 'ended', view: ended(token, 'xxxxxxxxxx|end', 'cut') })
  })

  test('lost ones are bounded too', () => {
    const memory = new StreamMemory(100, 1_000)
    for (let count = 0; count < 1_000; count++) memory.poll(newKey(), 'gone')
    expect(memory.size).toBe(100)
  })
})

describe('time', () => {
  test('what has ended is told for a minute, and then nobody knows it', () => {
    const memory = new StreamMemory(10, 1_000)
    const { key } = put(memory, 'text')
    vi.advanceTimersByTime(59_999)
    expect(memory.poll(key, 'gone')?.text).toBe('text')
    vi.advanceTimersByTime(1)
    expect(memory.poll(key, 'gone')).toBeUndefined()
    expect(memory.begin(key, newStream({ token: 'again' }))).toEqual(running('again', ''))
  })

  test('seven minutes after it began it is forgotten, however late it ended', () => {
    const memory = new StreamMemory(10, 1_000)
    const [key, stream] = [newKey(), newStream({ life: 430_000 })]
    memory.begin(key, stream)
    vi.advanceTimersByTime(400_000)
    memory.end(key, { token: stream.token, offset: 0, text: 'x', cause: 'done', final: '' })
    vi.advanceTimersByTime(19_999)
    expect(memory.poll(key, 'gone')?.text).toBe('x')
    vi.advanceTimersByTime(1)
    expect(memory.poll(key, 'gone')).toBeUndefined()
  })

  test('a stream whose producer hangs and for which nobody asks ends by itself', async () => {
    const memory = new StreamMemory(10, 1_000)
    const stream = newStream({ life: 1_000 })
    memory.begin(newKey(), stream)
    vi.advanceTimersByTime(6_000)
    await Promise.resolve()
    expect(stream.calls).toEqual([ended(stream.token, '|late', 'late')])
  })

  test('no timer runs while it is empty, one while it holds anything', () => {
    const memory = new StreamMemory(10, 1_000)
    expect(vi.getTimerCount()).toBe(0)
    put(memory, 'a')
    put(memory, 'b')
    memory.poll(newKey(), 'gone')
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(66_000)
    expect([memory.size, memory.bytes, vi.getTimerCount()]).toEqual([0, 0, 0])
    put(memory, 'c')
    expect(vi.getTimerCount()).toBe(1)
    memory.close()
    expect([memory.size, memory.bytes, vi.getTimerCount()]).toEqual([0, 0, 0])
  })

  test('a name may be claimed again after an hour', () => {
    const memory = new StreamMemory(10, 1_000)
    expect(memory.claim('a')).toBe(true)
    vi.advanceTimersByTime(60 * 60_000 - 1)
    expect(memory.claim('a')).toBe(false)
    vi.advanceTimersByTime(1)
    expect(memory.claim('a')).toBe(true)
  })

  test('a tombstone that nobody asks for any more goes', () => {
    const memory = new StreamMemory(10, 1_000)
    const key = newKey()
    memory.poll(key, 'gone')
    vi.advanceTimersByTime(60_000)
    expect(memory.poll(key, 'gone')).toBeUndefined()
    vi.advanceTimersByTime(10_000)
    expect(memory.poll(key, 'gone')).toMatchObject({ state: 'ended', text: 'gone' })
  })
})

test('producers are told of a stop before who has asked for it goes on', async () => {
  const [store, stream] = [memoryStreams(), newStream()]
  store.begin(newKey(), stream)
  const stopped = store.stop(stream.conversation, '')
  expect(stream.calls).toEqual([])
  await stopped
  expect(stream.calls).toHaveLength(1)
})

test('it answers at once', () => {
  const [store, key, stream] = [memoryStreams(), newKey(), newStream()]
  expect(store.begin(key, stream)).toEqual(running(stream.token, ''))
  expect(store.poll(key, '')).toEqual(running(stream.token, ''))
  expect(store.claim('x')).toBe(true)
})

test.each<[unknown, string]>([
  [{ maxStream: 1 }, 'maxStreams'],
  [{ maxStreams: 0 }, 'maxStreams'],
  [{ maxStreams: 1.5 }, 'maxStreams'],
  [{ maxBytes: '1' }, 'maxBytes']
])('options %j are refused', (options, named) => {
  expect(() => memoryStreams(options as MemoryStreamsOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(named) }))
})

test('a hundred thousand streams one after another leave the heap as it was, and nothing behind', () => {
  const memory = new StreamMemory(1_000, 2 ** 30)
  const heaps: number[] = []
  const text = '回'.repeat(1_000)
  for (let count = 1; count <= 100_000; count++) {
    put(memory, text + String(count))
    if (count % 20_000 === 0) heaps.push(heldHeap())
  }
  expect(memory.size).toBe(1_000)
  // All texts would be 200 MB.
  expect(Math.max(...heaps.slice(1)) - (heaps[0] as number)).toBeLessThan(10 * 2 ** 20)
  vi.advanceTimersByTime(66_000)
  expect([memory.size, memory.bytes, vi.getTimerCount()]).toEqual([0, 0, 0])
})
