import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { expect, test } from 'vitest'
import { stream } from '../../../src/streams/source/stream.js'
import { later, read, settled, watchRejections } from './sink.js'

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'undefined'], ['null', null, 'null'], ['a number', 5, 'a number'], ['NaN', NaN, 'the number NaN'], ['a flag', true, 'boolean'],
  ['an object', { text: 'secret' }, '[object Object]'], ["a model's whole answer", { choices: [{ message: { content: 'secret' } }] }, '[object Object]'],
  ['a date', new Date(), '[object Date]'], ['a symbol', Symbol('secret'), 'symbol'], ['an error', new Error('secret'), '[object Error]'],
  ['a Buffer', Buffer.from('secret'), 'bytes'], ['other bytes', new Uint8Array(3), 'bytes'], ['an ArrayBuffer', new ArrayBuffer(3), 'bytes'],
  ['iterators that are none', { [Symbol.asyncIterator]: 'secret', [Symbol.iterator]: 5, getReader: {} }, '[object Object]'],
  ['a signal', AbortSignal.abort('secret'), '[object Object]'], ['an iterator that is not iterable', { next: () => ({ done: true }) }, '[object Object]']
])('stream() refuses %s at once', (_, source, got) => {
  const refused = expect(() => stream(source as never))
  refused.toThrow(expect.objectContaining({ code: 'WECOM_STREAM_SOURCE_INVALID', message: expect.stringContaining(`got ${got}. `) as string }))
  refused.not.toThrow('secret')
})

test('what a promise brings is refused alike', async () => {
  for (const source of [Promise.resolve(undefined), Promise.resolve(5), Promise.resolve({ text: 'x' }), { fullStream: undefined }, { fullStream: 5 }]) {
    stream(source as never)
    await expect(read(source)).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID' })
  }
})

test('bytes are no chunk, as a character may be cut between two: the text says what to do', async () => {
  const wrong = { code: 'WECOM_STREAM_SOURCE_INVALID', message: expect.stringMatching(/got one that gave bytes\. .*TextDecoderStream.*setEncoding/) as string }
  await expect(read([Buffer.from('x')])).rejects.toMatchObject(wrong)
  await expect(read(ReadableStream.from([new Uint8Array(3)]))).rejects.toMatchObject(wrong)
  await expect(read(Readable.from([Buffer.from('x')]))).rejects.toMatchObject(wrong)
  const file = createReadStream(new URL(import.meta.url))
  await expect(read(file)).rejects.toMatchObject(wrong)
  expect(file.destroyed).toBe(true)
})

test.each<[string, unknown]>([
  ['a number', 5], ['a flag', false], ['a function', () => 'a'], ['a symbol', Symbol('a')], ['bytes', new Uint8Array(3)],
  ['a text part without text', { type: 'text' }], ['a text part of another name', { type: 'text', content: 'x' }], ['a text part of a number', { type: 'text', text: 5 }],
  ['thinking without text', { type: 'thinking', thinking: 'x' }], ['a card that is none', { type: 'card', card: 'x' }], ['a card part without one', { type: 'card' }], ['a card that is a list', { type: 'card', card: [] }]
])('%s is no chunk', async (_, chunk) => {
  await expect(read(later('a', chunk))).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID' })
})

test('promises are no chunks, and one that fails ends no process', async () => {
  const rejections = watchRejections()
  await expect(read([Promise.reject(new Error('nobody awaits it'))])).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID' })
  await settled()
  rejections.stop()
  expect(rejections.seen).toEqual([])
})

test.each<[string, unknown[], string]>([
  ['Anthropic', [{ type: 'message_start', message: 'secret' }, { type: 'content_block_delta', delta: { type: 'text_delta', text: 'secret' } }, { type: 'message_stop' }], '"message_start", "content_block_delta", "message_stop"'],
  ['the Responses API', [{ type: 'response.created' }, { type: 'response.output_text.delta', delta: 'secret' }], '"response.created", "response.output_text.delta"'],
  ['many types, which are named up to five', 'abcdefgh'.split('').map(type => ({ type })), '"a", "b", "c", "d", "e"'],
  ['one type many times', [{ type: 'a' }, { type: 'a' }, { type: 'a' }], '"a"'],
  ['types that may be content', [{ type: 'my secret is 1234' }, { type: 'x'.repeat(65) }], 'a type that is not a word'],
  ['no types', [{ text: 'secret' }, { content: 'secret' }, ['secret'], new Map()], '[object Object] without a type, an array without a type, [object Map] without a type'],
  ['types that are no texts', [{ type: 5 }, { type: { secret: 1 } }], '[object Object] without a type'],
  ["the AI SDK's texts without text", [{ type: 'text-delta', text: 5 }], '"text-delta"']
])('a source of %s is refused at its end, and nothing of its contents told', async (_, chunks, names) => {
  const error = await read(chunks).catch((thrown: unknown) => thrown as Error & { code: string })
  expect(error).toMatchObject({ code: 'WECOM_STREAM_SOURCE_INVALID', message: expect.stringContaining(`none of which was recognised: ${names}. `) as string })
  expect(String((error as Error).message)).not.toContain('secret')
})

test('objects that nobody knows are passed over where others are known', async () => {
  expect(await read([{ type: 'ping' }, { type: 'text', text: 'a' }, { usage: {} }])).toEqual(['a'])
  expect(await read([])).toEqual([])
})

test.each<[string, () => unknown]>([
  ['a generator', () => (function * () { yield 'a' })()], ['an async generator', () => later('a')], ['a ReadableStream', () => ReadableStream.from(['a'])],
  ['an object with fullStream', () => ({ get fullStream () { return later({ type: 'text-delta', text: 'a' }) } })], ['a Readable', () => Readable.from(['a'])],
  ['an answer with a controller', () => ({ controller: new AbortController(), [Symbol.asyncIterator]: () => later('a') })],
  ['an iterable that always gives the same generator', () => { const one = later('a'); return { [Symbol.asyncIterator]: () => one } }]
])('%s can be read once, however it is handed over', async (_, make) => {
  const used = { code: 'WECOM_STREAM_SOURCE_USED', statusCode: 500 }
  const again = make()
  expect(await read(again)).toEqual(['a'])
  await expect(read(again)).rejects.toMatchObject(used)
  await expect(read(Promise.resolve(again))).rejects.toMatchObject(used)
  await expect(read(() => again)).rejects.toMatchObject(used)
  const atOnce = make()
  expect((await Promise.allSettled([read(atOnce), read(atOnce)])).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  const cancelled = make()
  await read(cancelled, { signal: AbortSignal.abort() })
  await expect(read(cancelled)).rejects.toMatchObject(used)
})

test.each<[string, unknown]>([
  ['a text', 'a'], ['an array', ['a']], ['a set', new Set(['a'])], ['a function', () => later('a')], ['an async generator function', async function * () { yield 'a' }],
  ['a promise of an array', Promise.resolve(['a'])], ['an iterable that begins anew', { [Symbol.asyncIterator]: () => later('a') }]
])('%s can be read again', async (_, source) => {
  expect(await read(source)).toEqual(['a'])
  expect(await read(source)).toEqual(['a'])
})

test('a ReadableStream that somebody else reads is told', async () => {
  const source = ReadableStream.from(['a'])
  source.getReader()
  await expect(read(source)).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_USED', message: expect.stringContaining('something else') as string })
})
