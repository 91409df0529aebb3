import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readSource } from '../../../src/streams/source/read.js'
import { JPG, Kept, later, PNG, read } from './sink.js'

const CARD = { card_type: 'text_notice', card_action: { type: 1, url: 'https://example.com' } }
const chunk = (delta: object, index = 0) => ({ id: 'c', object: 'chat.completion.chunk', choices: [{ index, delta, finish_reason: null }] })

/** Nothing but next(). */
function countdown (left: string[]): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => ({ next: async () => left.length === 0 ? { done: true, value: undefined } : { value: left.shift() as string } }) }
}

test.each<[string, () => unknown, unknown[]]>([
  ['a text, as one', () => '你好', ['你好']],
  ['an empty text', () => '', []],
  ['an array', () => ['a', 'b'], ['a', 'b']],
  ['a set', () => new Set(['a', 'b']), ['a', 'b']],
  ['a generator', () => (function * () { yield 'a'; yield 'b' })(), ['a', 'b']],
  ['an async generator', () => later('a', 'b'), ['a', 'b']],
  ['an async iterable of its own making', () => ({ [Symbol.asyncIterator]: () => later('a') }), ['a']],
  ['an async iterator without return()', () => countdown(['a', 'b']), ['a', 'b']],
  ['a ReadableStream', () => ReadableStream.from(['a', 'b']), ['a', 'b']],
  ['a ReadableStream without an iterator, as older browsers have it', () => ({ getReader: () => ReadableStream.from(['a']).getReader() }), ['a']],
  ['a Readable of texts', () => Readable.from(['a', 'b']), ['a', 'b']],
  ['a Readable of bytes that decodes them', () => Readable.from([Buffer.from('你好').subarray(0, 4), Buffer.from('你好').subarray(4)], { objectMode: false }).setEncoding('utf8'), ['你', '好']],
  ['an object with fullStream, whatever else it has', () => ({ textStream: later('wrong'), fullStream: later({ type: 'text-delta', text: 'a' }) }), ['a']],
  ['a fullStream that is a ReadableStream', () => ({ fullStream: ReadableStream.from([{ type: 'text-delta', text: 'a' }]) }), ['a']],
  ['a promise of a text', () => Promise.resolve('a'), ['a']],
  ['a promise of an array', () => Promise.resolve(['a', 'b']), ['a', 'b']],
  ['a promise of a generator', async () => later('a'), ['a']],
  ['what is like a promise', () => ({ then: (resolve: (source: string) => void) => { resolve('a') } }), ['a']],
  ['a promise of an object with fullStream', () => Promise.resolve({ fullStream: later({ type: 'text-delta', text: 'a' }) }), ['a']]
])('reads %s', async (_, source, parts) => {
  expect(await read(source())).toEqual(parts)
})

test.each<[string, unknown, unknown[]]>([
  ['a part of text', { type: 'text', text: 'a' }, ['a']],
  ['a part of thinking', { type: 'thinking', text: 'a' }, ['~a']],
  ['a part with an empty text', { type: 'text', text: '' }, []],
  ['a PNG', { type: 'image', data: PNG }, [PNG]],
  ['a JPG', { type: 'image', data: new Uint8Array(JPG) }, [new Uint8Array(JPG)]],
  ['a card', { type: 'card', card: CARD }, [CARD]],
  ["the AI SDK's text", { type: 'text-delta', id: '0', text: 'a' }, ['a']],
  ["the AI SDK's text of version 4", { type: 'text-delta', textDelta: 'a' }, ['a']],
  ["the text of the AI SDK's providers and pages", { type: 'text-delta', id: '0', delta: 'a' }, ['a']],
  ["the AI SDK's reasoning", { type: 'reasoning-delta', id: '0', text: 'a' }, ['~a']],
  ["the AI SDK's reasoning of version 4", { type: 'reasoning', textDelta: 'a' }, ['~a']],
  ["OpenAI's text", chunk({ role: 'assistant', content: 'a' }), ['a']],
  ["OpenAI's chunk without text", chunk({ content: null }), []],
  ["OpenAI's chunk of a tool call", chunk({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }), []],
  ["OpenAI's usage, without a choice", { choices: [], usage: { total_tokens: 3 } }, []],
  ['a chunk of the second of several answers', chunk({ content: 'a' }, 1), []],
  ['reasoning as DeepSeek has it', chunk({ content: null, reasoning_content: 'a' }), ['~a']],
  ['reasoning as OpenRouter has it', chunk({ content: '', reasoning: 'a' }), ['~a']],
  ['reasoning and text at once, in this order', chunk({ content: 'b', reasoning_content: 'a' }), ['~a', 'b']],
  ['nothing, as undefined', undefined, []],
  ['nothing, as null', null, []]
])('takes %s as a chunk', async (_, given, parts) => {
  expect(await read([given])).toEqual(parts)
})

test('an array and a text are read before readSource returns, so that the first answer may show them', () => {
  // One that is slow gives way.
  vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => { vi.restoreAllMocks() })
  const sink = new Kept()
  readSource(['a', { type: 'thinking', text: 'b' }], sink, { signal: new AbortController().signal, show: undefined })
  expect(sink.parts).toEqual(['a', '~b'])
})

test("the AI SDK's abort ends the source, which is cancelled", async () => {
  let ended = 0
  expect(await read((function * () {
    try {
      yield { type: 'text-delta', text: 'a' }
      yield { type: 'abort' }
      yield { type: 'text-delta', text: 'b' }
    } finally { ended++ }
  })())).toEqual(['a'])
  expect(ended).toBe(1)
})

test.each<[string, object, unknown]>([
  ['its own error', { error: new Error('overloaded') }, new Error('overloaded')],
  ['what is no Error', { error: { code: 529 } }, { code: 529 }],
  ['the text of a stream for a page', { errorText: 'overloaded' }, new Error('overloaded')],
  ['a message, as the Responses API has it', { message: 'overloaded' }, new Error('overloaded')],
  ['something, where it says nothing', {}, new Error('The source gave a part of type error.')]
])('an error part throws %s, after what came before', async (_, fields, error) => {
  const sink = new Kept()
  const source = later<object>({ type: 'text-delta', text: 'a' }, { type: 'error', ...fields }, { type: 'text-delta', text: 'b' })
  await expect(readSource(source as never, sink, { signal: new AbortController().signal, show: undefined })).rejects.toEqual(error)
  expect(sink.parts).toEqual(['a'])
})

test('show makes chunks of what is no text, once, and is not asked for the others', async () => {
  const asked: string[] = []
  const parts = await read([
    'a', { type: 'text-delta', text: 'b' }, { type: 'tool-call', toolName: 'search' }, { type: 'tool-result' }, { type: 'card', card: CARD }, { type: 'shown-as-itself' }, chunk({ content: 'c' })
  ], {
    show (part) {
      asked.push(part.type)
      if (part.type === 'shown-as-itself') return part
      return part.type === 'tool-call' ? { type: 'thinking', text: `→ ${part.toolName}` } : undefined
    }
  })
  expect(parts).toEqual(['a', 'b', '~→ search', CARD, 'c'])
  expect(asked).toEqual(['tool-call', 'tool-result', 'shown-as-itself'])
})

test('a source that show alone understands is one', async () => {
  const show = (part: { readonly type: string, readonly [field: string]: unknown }) => part.type === 'content_block_delta' ? (part.delta as { text: string }).text : undefined
  expect(await read([{ type: 'message_start' }, { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } }], { show })).toEqual(['a'])
})

test('an answer of the AI SDK that has no text is empty, and no error', async () => {
  expect(await read([{ type: 'start' }, { type: 'start-step' }, { type: 'tool-call' }, { type: 'finish-step' }, { type: 'finish' }])).toEqual([])
})

test('whatever the form, the same chunks reach the sink in their order', async () => {
  const forms: Array<(chunks: string[]) => unknown> = [
    chunks => chunks, chunks => later(...chunks), chunks => ReadableStream.from(chunks), chunks => Promise.resolve(chunks), chunks => Readable.from(chunks),
    chunks => chunks.map(text => ({ type: 'text-delta', text })), chunks => chunks.map(content => chunk({ content })),
    chunks => async (writer: { text (part: string): Promise<void> }) => { for (const part of chunks) await writer.text(part) },
    chunks => async function * () { yield * chunks }
  ]
  await fc.assert(fc.asyncProperty(fc.array(fc.string({ maxLength: 8 }), { maxLength: 8 }), fc.constantFrom(...forms), async (chunks, form) => {
    expect((await read(form(chunks))).join('')).toBe(chunks.join(''))
  }), { numRuns: 200 })
})
