import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jsonSchema, simulateReadableStream, stepCountIs, streamText, tool } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { streamText as streamText6 } from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import OpenAI from 'openai'
import OpenAI6 from 'openai-6'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSource } from '../../../src/streams/source/read.js'
import { stream, sourceOf } from '../../../src/streams/source/stream.js'
import { Kept, read, settled, watchRejections } from './sink.js'

// The packages themselves, and nothing of theirs beyond a mock of the model or of the server.

type Part = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer Given> ? Given : never

const usage = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } }
const finish = (unified: 'stop' | 'tool-calls' = 'stop'): Part => ({ type: 'finish', finishReason: { unified, raw: unified }, usage })
const answer: Part[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'reasoning-start', id: 'r' }, { type: 'reasoning-delta', id: 'r', delta: 'hm' }, { type: 'reasoning-end', id: 'r' },
  { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: '你' }, { type: 'text-delta', id: 't', delta: '好' }, { type: 'text-end', id: 't' },
  finish()
]

test('the answer of the AI SDK 7 and of 6: reasoning and text', async () => {
  const model = new MockLanguageModelV4({ doStream: async () => ({ stream: simulateReadableStream({ chunks: [...answer] }) }) })
  const model6 = new MockLanguageModelV3({ doStream: async () => ({ stream: simulateReadableStream({ chunks: [...answer] as never[] }) }) })
  expect(await read(sourceOf(stream(streamText({ model, prompt: 'x' }))))).toEqual(['~hm', '你', '好'])
  expect(await read(sourceOf(stream(streamText6({ model: model6, prompt: 'x' }))))).toEqual(['~hm', '你', '好'])
  expect(await read(() => streamText({ model, prompt: 'x' }))).toEqual(['~hm', '你', '好'])
  expect(await read(streamText({ model, prompt: 'x' }).textStream)).toEqual(['你', '好'])
})

test('a call of a tool goes to show, and the text after it follows', async () => {
  const steps: Part[][] = [
    [{ type: 'tool-call', toolCallId: 'c', toolName: 'search', input: '{"query":"x"}' }, finish('tool-calls')],
    [...answer]
  ]
  const model = new MockLanguageModelV4({ doStream: async () => ({ stream: simulateReadableStream({ chunks: steps.shift() ?? [] }) }) })
  const tools = { search: tool({ description: 'finds', inputSchema: jsonSchema<{ query: string }>({ type: 'object' }), execute: async () => ({ found: 1 }) }) }
  const result = streamText({ model, prompt: 'x', tools, stopWhen: stepCountIs(2) })
  expect(await read(result, { show: part => part.type === 'tool-call' ? { type: 'thinking', text: `→ ${String(part.toolName)}` } : undefined })).toEqual(['~→ search', '~hm', '你', '好'])
})

test('a model that fails at once, and one that fails in the middle, fail the stream with their error', async () => {
  const rejections = watchRejections()
  const error = new Error('overloaded')
  const dead = new MockLanguageModelV4({ doStream: async () => { throw error } })
  await expect(read(streamText({ model: dead, prompt: 'x', maxRetries: 0, onError () {} }))).rejects.toBe(error)
  const dying = new MockLanguageModelV4({ doStream: async () => ({ stream: simulateReadableStream({ chunks: [...answer.slice(0, 6), { type: 'error', error }] }) }) })
  const sink = new Kept()
  await expect(readSource(streamText({ model: dying, prompt: 'x', onError () {} }), sink, { signal: new AbortController().signal, show: undefined })).rejects.toBe(error)
  await settled()
  rejections.stop()
  expect(sink.parts).toEqual(['~hm', '你'])
  expect(rejections.seen).toEqual([])
})

test('a model that says nothing more ends with the signal, which it is given as well', async () => {
  const rejections = watchRejections()
  const ending = new AbortController()
  let cancelled = false
  const model = new MockLanguageModelV4({
    doStream: async ({ abortSignal }) => {
      abortSignal?.addEventListener('abort', () => { cancelled = true })
      return { stream: new ReadableStream({ start (controller) { for (const chunk of answer.slice(0, 6)) controller.enqueue(chunk) } }) }
    }
  })
  const sink = new Kept()
  const reading = readSource(streamText({ model, prompt: 'x', abortSignal: ending.signal }), sink, { signal: ending.signal, show: undefined })
  while (sink.parts.length < 2) await settled()
  ending.abort()
  await reading
  await settled()
  rejections.stop()
  expect([sink.parts, cancelled]).toEqual([['~hm', '你'], true])
  expect(rejections.seen).toEqual([])
})

let server: Server
let script: (response: ServerResponse) => void
let hungUp = 0
const chunkOf = (delta: object, reason: string | null = null) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    response.on('close', () => { if (!response.writableFinished) hungUp++ })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    script(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => { server.closeAllConnections(); server.close() })

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'x' }], stream: true as const }
const settings = () => ({ apiKey: 'none', maxRetries: 0, baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` })

/** Both are used alike. */
const CLIENTS: Array<[string, () => OpenAI]> = [['7', () => new OpenAI(settings())], ['6', () => new OpenAI6(settings()) as unknown as OpenAI]]

test.each(CLIENTS)('the answer of openai %s: chunks cut anywhere, awaited or not, and once', async (_, connect) => {
  const openai = connect()
  const whole = Buffer.from(chunkOf({ role: 'assistant', content: '' }) + chunkOf({ reasoning_content: 'hm' }) + chunkOf({ content: '你' }) + chunkOf({ content: '好' }) + chunkOf({}, 'stop') + 'data: [DONE]\n\n')
  script = async response => {
    for (let at = 0; at < whole.length; at += 7) {
      response.write(whole.subarray(at, at + 7))
      await new Promise(resolve => { setImmediate(resolve) })
    }
    response.end()
  }
  const source = await openai.chat.completions.create(request)
  expect(await read(sourceOf(stream(source)))).toEqual(['~hm', '你', '好'])
  await expect(read(source)).rejects.toMatchObject({ code: 'WECOM_STREAM_SOURCE_USED' })
  expect(await read(sourceOf(stream(openai.chat.completions.create(request))))).toEqual(['~hm', '你', '好'])
  expect(await read(() => openai.chat.completions.create(request))).toEqual(['~hm', '你', '好'])
  expect(await read(openai.chat.completions.stream(request))).toEqual(['~hm', '你', '好'])
})

test.each(CLIENTS)('an answer of openai %s that stops in the middle: hung up when the signal aborts, and failed when the server goes away', async (_, connect) => {
  const rejections = watchRejections()
  hungUp = 0
  const ending = new AbortController()
  const sink = new Kept()
  script = response => { response.write(chunkOf({ content: 'a' })) }
  const reading = readSource(await connect().chat.completions.create(request), sink, { signal: ending.signal, show: undefined })
  while (sink.parts.length < 1) await settled()
  ending.abort()
  await reading
  await expect.poll(() => hungUp).toBe(1)
  script = response => { response.write(chunkOf({ content: 'a' })); setTimeout(() => response.destroy(), 50) }
  await expect(read(connect().chat.completions.create(request))).rejects.toThrow()
  await settled()
  rejections.stop()
  expect(sink.parts).toEqual(['a'])
  expect(rejections.seen).toEqual([])
})
