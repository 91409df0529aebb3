import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { memoryStreams, stream, text, type StreamResult } from '../../src/index.js'
import { fakeRespond } from '../../src/testing/index.js'
import { final, openBot } from './bot.js'

const DOOR = 'Fastify, a handler of the plugin'

const circular: Record<string, unknown> = { card_type: 'text_notice' }
circular.self = circular

test.each([
  ['refers to itself', circular],
  ['holds a bigint', { card_type: 'text_notice', size: 1n }],
  ['makes nothing of itself', { toJSON: () => undefined }],
  ['cannot be read', { get card_type (): string { throw new Error('secret') } }]
])('a card that %s fails its stream, which ends at once', async (_what, card) => {
  const late: unknown[] = []
  const source = () => [{ type: 'text', text: '看卡片' }, { type: 'card', card: card as never }] as const
  const bot = await openBot(DOOR, { onLateError: error => { late.push(error) }, reply: () => stream(source(), { life: 5_000, texts: { failed: '坏了' } }) })
  const started = performance.now()
  expect(final(await bot.follow(await bot.say('问'))).content).toBe('看卡片\n\n坏了')
  // Not at the end of its life.
  expect(performance.now() - started).toBeLessThan(4_000)
  await expect.poll(() => late).toEqual([expect.objectContaining({ code: 'WECOM_STREAM_SOURCE_INVALID' })])
})

test('a card is what it was when it was given', async () => {
  const card = { card_type: 'text_notice', task_id: 'a' }
  const bot = await openBot(DOOR, { reply: () => stream(async writer => { writer.card(card as never); card.task_id = 'b'; await writer.text('好'); await sleep(20) }) })
  expect(final(await bot.follow(await bot.say('问'))).reply.message).toMatchObject({ template_card: { task_id: 'a' } })
})

test('a second run of a message calls onEnd no second time, and lets its source go, where the first was cut', async () => {
  const results: StreamResult[] = []
  let cancelled = 0
  const source = () => new ReadableStream<string>({
    async pull (controller) { await sleep(20); controller.enqueue('长'.repeat(8_000)) },
    cancel () { cancelled++ }
  })
  let runs = 0
  const bot = await openBot(DOOR, {
    store: false,
    respondHosts: ['http://127.0.0.1:9'],
    reply: () => ++runs === 1 ? stream(['长'.repeat(8_000)], { onEnd: result => { results.push(result) } }) : stream(source(), { onEnd: result => { results.push(result) } })
  })
  const last = final(await bot.follow(await bot.say('问', { response_url: 'http://127.0.0.1:9/once' })))
  expect(await bot.again()).toMatchObject({ id: last.id, content: last.content, finish: true })
  await expect.poll(() => cancelled).toBe(1)
  await expect.poll(() => results.length).toBeGreaterThan(0)
  await sleep(100)
  expect(runs).toBe(2)
  expect(results).toMatchObject([{ cause: 'cut' }])
})

test('a second run of a message whose stream still runs lets its source go', async () => {
  const cancelled: number[] = []
  let runs = 0
  const source = (run: number) => new ReadableStream<string>({ async pull (controller) { await sleep(20); controller.enqueue('说') }, cancel () { cancelled.push(run) } })
  const bot = await openBot(DOOR, { store: false, reply: () => stream(source(++runs), { life: 1_000 }) })
  const first = await bot.say('问')
  expect((await bot.again())?.id).toBe(first?.id)
  await expect.poll(() => cancelled).toEqual([2])
  expect((await bot.follow(first)).at(-1)?.content).toMatch(/^说+/)
})

test('a source is let go where its stream cannot be begun', async () => {
  let cancelled = 0
  const streams = { ...memoryStreams(), begin () { throw new Error('away') } }
  const source = () => new ReadableStream<string>({ pull () {}, cancel () { cancelled++ } })
  const bot = await openBot(DOOR, { streams, reply: () => stream(source()) })
  await bot.say('问')
  expect(bot.last.status).toBe(500)
  expect(cancelled).toBe(1)
})

test('a stream that answers after the deadline has the life that it says', async () => {
  async function * forever (): AsyncGenerator<string> { for (;;) { yield '说'; await sleep(10) } }
  const bot = await openBot(DOOR, { deadline: 250, reply: async () => { await sleep(300); return stream(forever(), { life: 1_000 }) } })
  const started = performance.now()
  expect(final(await bot.follow(await bot.say('问'))).finish).toBe(true)
  // And what a busy machine adds; the default life is minutes.
  expect(performance.now() - started).toBeLessThan(4_000)
})

test('a stream that begins when the others were ended, as the server closes, ends too', async () => {
  const results: StreamResult[] = []
  let begun = false
  async function * forever (): AsyncGenerator<string> { for (;;) { yield '说'; await sleep(10) } }
  const bot = await openBot('node:http', { closeGrace: 3_000, reply: async () => { begun = true; await sleep(1_000); return stream(forever(), { texts: { closing: '重启' }, onEnd: result => { results.push(result) } }) } })
  const said = bot.say('问')
  await expect.poll(() => begun).toBe(true)
  await bot.door.close()
  expect(await said).toMatchObject({ finish: true, content: expect.stringMatching(/重启$/) })
  await expect.poll(() => results).toMatchObject([{ cause: 'closing' }])
})

test('a placeholder that is long, or unbalanced, leaves a content that WeCom takes', async () => {
  const source = async function * (): AsyncGenerator<string> { await sleep(30); yield '答案'.repeat(5_000) }
  for (const placeholder of ['等'.repeat(10_000), '<think>等']) {
    const bot = await openBot(DOOR, { reply: () => stream(source(), { placeholder }) })
    for (const { content } of await bot.follow(await bot.say('问', { response_url: undefined }))) {
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(20_480)
      expect(content).not.toContain('<think>')
    }
  }
})

test('a stream whose message has used its response_url does not say that more follows', async () => {
  const results: StreamResult[] = []
  const server = createServer((_request, response) => { response.setHeader('content-type', 'application/json').end('{"errcode":0}') }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.close() })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bot = await openBot(DOOR, {
    respondHosts: [origin],
    reply: async context => {
      await context.respond(text('先说一句'))
      return stream(['长'.repeat(10_000)], { texts: { cut: '略', later: '待续' }, onEnd: result => { results.push(result) } })
    }
  })
  expect(final(await bot.follow(await bot.say('问', { response_url: `${origin}/once` }))).content).toMatch(/长\n\n略$/)
  await expect.poll(() => results).toMatchObject([{ cause: 'cut', rest: 'unsent' }])
})

test('a store that is too full for the images of an end takes its text: the bubble ends', async () => {
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(900_000)])
  const bot = await openBot(DOOR, {
    streams: memoryStreams({ maxBytes: 1_000_000 }),
    reply: () => stream([{ type: 'image', data: png }, '好'])
  })
  const frames = await bot.follow(await bot.say('图'))
  expect(final(frames)).toMatchObject({ content: '好', finish: true, images: 0 })
})

test('a source that never ends is let go once its rest is full', async () => {
  const respond = await fakeRespond()
  onTestFinished(async () => { await respond.close() })
  let left = false
  const results: StreamResult[] = []
  const bot = await openBot(DOOR, {
    respondHosts: [respond.origin],
    reply: () => stream((function * () { try { for (;;) yield '长'.repeat(100) } finally { left = true } })(), { onEnd: result => { results.push(result) } })
  })
  await bot.follow(await bot.say('说', { response_url: respond.url() }))
  await expect.poll(() => results).toMatchObject([{ cause: 'cut', rest: 'responded' }])
  expect(left).toBe(true)
})
