import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { MockLanguageModelV4 } from 'ai/test'
import { simulateReadableStream } from 'ai'
import OpenAI from 'openai'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import wecom, { memoryStreams, stream, type WecomCredentials, type WecomError, type WecomOptions } from '../../src/index.js'
import { DEFAULT_TEXTS } from '../../src/streams/default-texts.js'
import { fakeMedia, fakeModel, fakeRespond, newCredentials, sample, wecomClient, type FakeModelOptions, type FollowedStream } from '../../src/testing/index.js'
import { examplesOf, filesOf } from '../docs/examples.js'
import { codeOnly } from '../docs/outline.js'
import { root } from '../support/compile.js'
import { startRedis } from '../support/redis.js'

type Handler = NonNullable<WecomOptions['handler']>

const files = filesOf('docs/bots.md')
const credentials = newCredentials('')

/** Where the examples find the package: its sources. */
const SOURCES = {
  'fastify-wecom': `${root}/src/index.ts`,
  'fastify-wecom/redis': `${root}/src/redis/index.ts`,
  'fastify-wecom/testing': `${root}/src/testing/index.ts`
}

const directory = mkdtempSync(join(root, 'test/streams/examples-'))
afterAll(() => { rmSync(directory, { recursive: true }) })

for (const [name, code] of files) {
  const own = Object.entries(SOURCES).reduce((text, [module, source]) => text.replaceAll(`'${module}'`, `'${source}'`), code)
  writeFileSync(join(directory, name), name === 'bot.ts' ? `${own.replace('3000', '0')}\nexport { bot }\n` : own)
}

/** What an example exports. */
async function load (name: string): Promise<Record<string, (...given: never[]) => Handler>> {
  return await import(join(directory, name)) as never
}

async function bot (handler: Handler, options: Partial<WecomOptions> = {}) {
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  await app.register(wecom, { path: '/wecom', credentials, handler, closeGrace: 0, ...options })
  return wecomClient({ credentials, app, path: '/wecom' })
}

/** What a user sees of the answer to one message; whatever is wrong with it fails the test. */
async function answer (handler: Handler, message: object = sample('aibot.text', { text: { content: '你好' } }), options: Partial<WecomOptions> = {}): Promise<FollowedStream> {
  const followed = await (await bot(handler, options)).follow(message, { every: 20, until: 10_000 })
  expect(followed.problems).toEqual([])
  return followed
}

async function model (options: FakeModelOptions) {
  const fake = await fakeModel(options)
  onTestFinished(fake.close)
  return { fake, openai: new OpenAI({ baseURL: fake.url, apiKey: 'none', maxRetries: 0 }) }
}

async function * given<T> (...items: T[]): AsyncGenerator<T> { yield * items }

const MOCK_END = { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } } } as const
const said = (text: string) => [{ type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: text }, { type: 'text-end', id: 't' }, MOCK_END] as const
function mockModel (...steps: ReadonlyArray<readonly object[]>) {
  const left = [...steps]
  return new MockLanguageModelV4({ doStream: async () => ({ stream: simulateReadableStream({ chunks: [...left.shift() ?? []] as never[] }) }) })
}

test('the bot of README.md is that of docs/bots.md, in ten lines', () => {
  const lines = (code = '') => codeOnly({ tag: 'ts', code, number: 0 }).split('\n')
  const [name, ...ten] = lines(files.get('bot.ts'))
  expect(name).toBe('// bot.ts')
  expect(ten).toHaveLength(10)
  expect(examplesOf('README.md').map(({ code }) => lines(code))).toContainEqual(ten)
})

describe('an example of docs/bots.md', () => {
  test('bot.ts: ten lines answer by an OpenAI-compatible model, as it writes', async () => {
    const { fake } = await model({ answer: { text: '今天天气很好，适合出门。', reasoning: '想想' }, delay: 20 })
    for (const [name, value] of Object.entries({
      OPENAI_API_KEY: 'none', OPENAI_BASE_URL: fake.url, OPENAI_MODEL: 'fake', WECOM_TOKEN: credentials.token, WECOM_ENCODING_AES_KEY: credentials.encodingAESKey
    })) vi.stubEnv(name, value)
    onTestFinished(() => { vi.unstubAllEnvs() })
    const { bot: app } = await load('bot.ts') as unknown as { bot: FastifyInstance }
    onTestFinished(async () => { await app.close() })
    const client = wecomClient({ credentials, url: `${app.listeningOrigin.replace('0.0.0.0', '127.0.0.1')}/wecom/bot` })
    const { frames, final, thinking, problems } = await client.follow(sample('aibot.text', { text: { content: '天气？' } }), { every: 20 })
    expect({ final, thinking, problems }).toEqual({ final: '今天天气很好，适合出门。', thinking: '想想', problems: [] })
    expect(new Set(frames.map(({ content }) => content)).size).toBeGreaterThan(2)
    expect(fake.requests.map(({ messages }) => messages)).toEqual([[{ role: 'user', content: expect.stringContaining('天气？') as string }]])
  })

  test('ai-sdk.ts: the result of the AI SDK', async () => {
    const { aiSdkBot } = await load('ai-sdk.ts')
    expect((await answer(aiSdkBot?.(mockModel(said('你好！')) as never) as Handler)).final).toBe('你好！')
  })

  test('anthropic.ts: the texts of its events, and the signal of the stream', async () => {
    const { claudeBot } = await load('anthropic.ts')
    let asked: unknown[] = []
    const create = async (...request: unknown[]) => {
      asked = request
      return given(
        { type: 'message_start', message: {} }, { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: '嗯' } },
        { type: 'content_block_delta', delta: { type: 'text_delta', text: '您' } }, { type: 'content_block_delta', delta: { type: 'text_delta', text: '好' } }, { type: 'message_stop' }
      )
    }
    expect((await answer(claudeBot?.({ messages: { create } } as never, 'claude' as never) as Handler)).final).toBe('您好')
    expect(asked).toMatchObject([{ model: 'claude', stream: true }, { signal: expect.any(AbortSignal) as AbortSignal }])
  })

  test('langchain.ts: the texts of its chunks', async () => {
    const { langChainBot } = await load('langchain.ts')
    const handler = langChainBot?.({ stream: async () => given({ text: '一' }, { text: '' }, { text: '二' }) } as never) as Handler
    expect((await answer(handler)).final).toBe('一二')
  })

  test('sources.ts: a generator, and a function that writes', async () => {
    const { router } = await load('sources.ts') as unknown as { router: Handler }
    expect((await answer(router)).final).toBe('三二一')
    expect(await answer(router, sample('aibot.voice', { voice: { content: '喂' } }))).toMatchObject({ final: '你说的是：喂', thinking: '让我想想' })
  })

  test('tools.ts: the call of a tool is shown', async () => {
    const { toolBot } = await load('tools.ts')
    const call = [{ type: 'tool-call', toolCallId: 'c', toolName: 'weather', input: '{"city":"北京"}' }, { ...MOCK_END, finishReason: { unified: 'tool-calls', raw: 'tool-calls' } }]
    const handler = toolBot?.(mockModel(call, said('北京晴。')) as never) as Handler
    expect(await answer(handler)).toMatchObject({ final: '北京晴。', thinking: expect.stringContaining('正在调用 weather') as string })
  })

  test('pictures.ts: an image at the end, a card beside it, and its update', async () => {
    const { chartBot } = await load('pictures.ts')
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
    const respond = await fakeRespond()
    onTestFinished(respond.close)
    const client = await bot(chartBot?.(png as never) as Handler, { respondHosts: [respond.origin] })
    const single = { chattype: 'single', chatid: undefined, response_url: respond.url() }
    const { images, problems } = await client.follow(sample('aibot.text', single as never), { every: 20 })
    expect({ images, problems }).toEqual({ images: [png], problems: [] })
    expect(respond.posted).toMatchObject([{ body: { msgtype: 'template_card', template_card: { task_id: 'weekly-1' } } }])
    const clicked = await client.send(sample('aibot.event.template_card_event', { event: { template_card_event: { task_id: 'weekly-1' } } } as never))
    expect(clicked).toMatchObject({ kind: 'update_template_card', problems: [] })
  })

  test('history.ts: the model gets what was said before, and 停 stops', async () => {
    const { historyBot } = await load('history.ts')
    const { fake, openai } = await model({ answer: ({ messages }) => `${messages.length} 条`, delay: 5, fault: ({ messages }) => String(messages.at(-1)?.content).includes('卡住') ? 'stall' : undefined })
    const client = await bot(historyBot?.(openai as never, 'fake' as never) as Handler)
    const say = async (content: string) => await client.follow(sample('aibot.text', { chattype: 'single', chatid: undefined, quote: undefined, text: { content } } as never), { every: 20, until: 10_000 })
    expect([(await say('一')).final, (await say('二')).final]).toEqual(['1 条', '3 条'])
    const stuck = say('卡住')
    await expect.poll(() => fake.requests.length).toBe(3)
    expect((await say('停')).final).toBe('好的，不说了')
    expect((await stuck).final).toContain('（已停止）')
    await expect.poll(() => fake.requests[2]?.state).toMatch(/gone|faulted/)
    expect((await say('停')).final).toBe('我没在说话')
  })

  test('files.ts: the model gets the picture, decrypted', async () => {
    const { visionBot } = await load('files.ts')
    const { fake, openai } = await model({ answer: '一只猫' })
    const media = await fakeMedia({ aesKey: credentials.encodingAESKey } as never)
    onTestFinished(media.close)
    const png = Buffer.from('89504e470d0a1a0a4142', 'hex')
    const url = media.add(png)
    const followed = await answer(visionBot?.(openai as never, 'fake' as never) as Handler, sample('aibot.image', { image: { url }, quote: undefined } as never), { mediaHosts: [media.origin] })
    expect(followed.final).toBe('一只猫')
    expect(fake.requests[0]?.messages[0]?.content).toEqual([
      { type: 'text', text: '图里有什么？' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } }
    ])
  })

  test('machines.ts: two processes answer the polls of one stream', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${redis.port}`)
    onTestFinished(() => { vi.unstubAllEnvs() })
    const { buildServer } = await load('machines.ts') as unknown as { buildServer: (credentials: WecomCredentials, handler: Handler) => Promise<FastifyInstance> }
    const { router } = await load('sources.ts') as unknown as { router: Handler }
    const apps = [await buildServer(credentials, router), await buildServer(credentials, router)] as const
    onTestFinished(async () => { await Promise.all(apps.map(async app => { await app.close() })) })
    const client = wecomClient({ credentials, app: apps[0], path: '/wecom/bot' })
    const targets = apps.map(app => ({ app, path: '/wecom/bot' }))
    expect(await client.follow(sample('aibot.text'), { every: 50, targets })).toMatchObject({ final: '三二一', problems: [] })
  })
})

describe('docs/bots.md is right that', () => {
  async function * forever () { yield '开头'; await new Promise(() => {}) }

  test.each([[false, true], [true, false]])('the last poll gets through a Fastify that closes with return503OnClosing: %s: %s', async (return503OnClosing, through) => {
    const app = Fastify({ return503OnClosing })
    let begun = false
    await app.register(wecom, { path: '/wecom', credentials, closeGrace: 1_000, handler: () => { begun = true; return stream(forever()) } })
    const client = wecomClient({ credentials, url: `${await app.listen({ port: 0 })}/wecom` })
    const following = client.follow(sample('aibot.text'), { every: 100, until: 3_000 })
    await expect.poll(() => begun).toBe(true)
    await setTimeout(200)
    await app.close()
    expect((await following).final).toBe(through ? '开头\n\n（服务正在重启，请稍后再试）' : '')
  })

  test('a stream that finds no room fails as if its handler had', async () => {
    const errors: unknown[] = []
    const client = await bot(() => stream(forever()), { streams: memoryStreams({ maxStreams: 1 }), onError: ({ code, cause }) => { errors.push([code, (cause as WecomError).code]) } })
    expect((await client.send(sample('aibot.text'))).status).toBe(200)
    expect((await client.send(sample('aibot.text'))).status).toBe(500)
    expect(errors).toEqual([['WECOM_HANDLER_FAILED', 'WECOM_STREAMS_FULL']])
  })

  test.each(['en', 'zh'])('the texts of its table are the defaults (%s)', language => {
    const page = readFileSync(`${root}/docs/${language === 'zh' ? 'zh-CN/' : ''}bots.md`, 'utf8')
    for (const [name, text] of Object.entries(DEFAULT_TEXTS)) expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| ${text} \\|`, 'm'))
  })
})

// Its own test runs here.
await import(join(directory, 'bot.test.ts'))
