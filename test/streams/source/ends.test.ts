import { PassThrough, Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSource } from '../../../src/streams/source/read.js'
import type { StreamSource } from '../../../src/streams/source/types.js'
import { Kept, later, read, settled, watchRejections } from './sink.js'

let rejections: ReturnType<typeof watchRejections>
beforeEach(() => { rejections = watchRejections() })
afterEach(async () => {
  await settled()
  rejections.stop()
  expect(rejections.seen).toEqual([])
})

/** Reads until what has come is there, aborts, and gives the source time to do wrong. */
async function aborted (source: unknown): Promise<Kept> {
  const ending = new AbortController()
  const sink = new Kept()
  const reading = readSource(source as StreamSource, sink, { signal: ending.signal, show: undefined })
  await settled()
  ending.abort(new Error('stopped'))
  let resolved = false
  reading.then(() => { resolved = true })
  // At once: two turns of microtasks, and no more.
  await Promise.resolve()
  await Promise.resolve()
  expect(resolved).toBe(true)
  return sink
}

test('reading ends at once when the signal aborts, though the source never gives: its return() is called', async () => {
  let returned = 0
  const sink = await aborted({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => { returned++; return new Promise(() => {}) } }) })
  expect([returned, sink.parts]).toEqual([1, []])
})

test('a source whose next() and return() fail after that harms nobody', async () => {
  let fail = (_: Error) => {}
  await aborted({ [Symbol.asyncIterator]: () => ({ next: () => new Promise((_resolve, reject) => { fail = reject }), return: () => Promise.reject(new Error('return')) }) })
  fail(new Error('next'))
  await aborted({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => { throw new Error('return') } }) })
})

test('what a source still gives after that changes nothing', async () => {
  let give = (_: IteratorResult<string>) => {}
  let asked = 0
  const sink = await aborted({ [Symbol.asyncIterator]: () => ({ next: () => { asked++; return asked === 1 ? { value: 'a' } : new Promise(resolve => { give = resolve }) } }) })
  give({ done: false, value: 'b' })
  await settled()
  expect([asked, sink.parts]).toEqual([2, ['a']])
})

test('a generator that waits comes to its finally once it goes on', async () => {
  let go = () => {}
  let finished = false
  await aborted((async function * () {
    try {
      yield 'a'
      await new Promise<void>(resolve => { go = resolve })
      yield 'b'
    } finally { finished = true }
  })())
  go()
  await settled()
  expect(finished).toBe(true)
})

test('a ReadableStream is cancelled though nothing of it comes', async () => {
  let cancelled = 0
  await aborted(new ReadableStream({ pull: () => new Promise(() => {}), cancel () { cancelled++; throw new Error('cancel') } }))
  await aborted({ fullStream: new ReadableStream({ pull: () => new Promise(() => {}), cancel () { cancelled++ } }) })
  expect(cancelled).toBe(2)
})

test('a Readable is destroyed though nothing of it comes', async () => {
  const source = new PassThrough({ encoding: 'utf8' })
  source.write('a')
  const sink = await aborted(source)
  expect([source.destroyed, sink.parts]).toEqual([true, ['a']])
})

test('the request of an answer with a controller, as the packages of OpenAI and Anthropic have it, is aborted', async () => {
  const controller = new AbortController()
  await aborted({ controller, [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) })
  expect(controller.signal.aborted).toBe(true)
})

test('a promise that comes after that is cancelled unread, and its failure is nobody\'s', async () => {
  let cancelled = 0
  let give = (_: unknown) => {}
  const sink = await aborted(new Promise(resolve => { give = resolve }))
  give(new ReadableStream({ cancel () { cancelled++ } }))
  await aborted(new Promise((_resolve, reject) => { give = reject }))
  give(new Error('late'))
  await settled()
  expect([cancelled, sink.parts]).toEqual([1, []])
})

test('a function is left alone, and an answer that it still returns is cancelled', async () => {
  let cancelled = 0
  let give = (_: unknown) => {}
  await aborted(() => new Promise(resolve => { give = resolve }))
  give(new ReadableStream({ cancel () { cancelled++ } }))
  await aborted(() => new Promise((_resolve, reject) => { give = reject }))
  give(new Error('late'))
  await settled()
  expect(cancelled).toBe(1)
})

test('a signal that has aborted before has the source cancelled unread', async () => {
  const calls: string[] = []
  const signal = AbortSignal.abort()
  const sources = [
    () => { calls.push('function') },
    new ReadableStream({ pull: () => { calls.push('pull') }, cancel: () => { calls.push('cancel') } }, { highWaterMark: 0 }),
    Promise.resolve(new ReadableStream({ cancel: () => { calls.push('cancel of a promise') } })),
    Promise.reject(new Error('before')), Promise.resolve(5), 'text', ['text'], 5, undefined
  ]
  for (const source of sources) expect(await read(source, { signal })).toEqual([])
  await settled()
  expect(calls).toEqual(['cancel', 'cancel of a promise'])
})

test('a source that gives what cannot be taken is cancelled; one that throws is not asked again', async () => {
  let returned = 0
  const giving = (next: () => unknown) => ({ [Symbol.asyncIterator]: () => ({ next, return: () => { returned++ } }) })
  await expect(read(giving(() => ({ value: 5 })))).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID' })
  expect(returned).toBe(1)
  await expect(read(giving(() => { throw new Error('next') }))).rejects.toThrow('next')
  await expect(read(giving(() => Promise.reject(new Error('next'))))).rejects.toThrow('next')
  expect(returned).toBe(1)
})

test('sources that throw reject with it: at once, after a chunk, a Readable, a ReadableStream, a promise, show', async () => {
  const error = new Error('down')
  await expect(read((async function * () { throw error })())).rejects.toBe(error)
  await expect(read((function * () { yield 'a'; throw error })())).rejects.toBe(error)
  await expect(read(new Readable({ read () { this.destroy(error) } }))).rejects.toBe(error)
  await expect(read(new ReadableStream({ start (controller) { controller.error(error) } }))).rejects.toBe(error)
  await expect(read(Promise.reject(error))).rejects.toBe(error)
  await expect(read({ [Symbol.asyncIterator] () { throw error } })).rejects.toBe(error)
  await expect(read([{ type: 'tool-call' }], { show () { throw error } })).rejects.toBe(error)
})

test('no listener stays at the signal', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => { listeners++; add(...args) }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => { listeners--; remove(...args) }
  await read(later('a'), { signal })
  await read(Promise.reject(new Error('down')), { signal }).catch(() => {})
  await settled()
  expect(listeners).toBe(0)
})

test.each<[string, (until: () => boolean) => unknown]>([
  ['a generator', function * (until) { while (!until()) yield 'x' }],
  ['an async generator', async function * (until) { while (!until()) yield 'x' }],
  ['a function that writes', until => async (writer: { text (part: string): Promise<void> }) => { while (!until()) await writer.text('x') }]
])('%s that never waits lets others have their turn', async (_, endless) => {
  // Ended by a timer alone: a source that kept the event loop would run into its own limit.
  let turns = 0
  const timer = setInterval(() => { turns++ }, 10)
  const limit = Date.now() + 10_000
  const nobody = { bytesLeft: 1, text () {}, thinking () {}, image () {}, card () {} }
  await readSource(endless(() => turns >= 10 || Date.now() > limit) as StreamSource, nobody, { signal: new AbortController().signal, show: undefined })
  clearInterval(timer)
  expect(turns).toBe(10)
})
