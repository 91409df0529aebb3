import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStreams, stream, text, type StreamResult } from '../../src/index.js'
import { final, openBot, type Bot } from './bot.js'

const DOOR = 'Fastify, a handler of the plugin'
const LIMIT = 20_480
const CARD = {
  card_type: 'text_notice',
  main_title: { title: '完成', desc: '共三步' },
  horizontal_content_list: [{ keyname: '耗时', value: '2 分', type: 1, url: 'https://example.com/t' }],
  card_action: { type: 1, url: 'https://example.com' }
} as const

/** WeCom's end of response_url: what was posted there. */
async function respondServer (): Promise<{ origin: string, url: string, posted: Array<{ markdown?: { content: string } }> }> {
  const posted: Array<{ markdown?: { content: string } }> = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    posted.push(JSON.parse(body) as object)
    response.setHeader('content-type', 'application/json').end('{"errcode":0,"errmsg":"ok"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.close() })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, url: `${origin}/cgi-bin/aibot/response?response_code=${Math.random()}`, posted }
}

interface Ended { results: StreamResult[], onEnd: (result: StreamResult) => void }
function collect (): Ended {
  const results: StreamResult[] = []
  return { results, onEnd: result => { results.push(result) } }
}

async function * forever (signal?: AbortSignal): AsyncGenerator<string> {
  for (let n = 0; ; n++) {
    if (signal?.aborted === true) return
    yield `${n} `
    await sleep(10)
  }
}

describe('the end of a stream', () => {
  test('done: the result has what the source gave', async () => {
    const { results, onEnd } = collect()
    const bot = await openBot(DOOR, { reply: () => stream([{ type: 'thinking', text: '想' }, '答案'], { onEnd }) })
    const last = final(await bot.follow(await bot.say('问')))
    expect(last.content).toBe('<think>想</think>答案')
    await expect.poll(() => results).toEqual([{ id: last.id, cause: 'done', text: '答案', thinking: '想', rest: 'none', shownBytes: Buffer.byteLength(last.content), ms: expect.any(Number) }])
  })

  test('empty: something can be read', async () => {
    const { results, onEnd } = collect()
    const bot = await openBot(DOOR, { reply: () => stream([' \u200b', '\n'], { onEnd, texts: { empty: '无话可说' } }) })
    expect(final(await bot.follow(await bot.say('问'))).content.trim()).toContain('无话可说')
    await expect.poll(() => results).toMatchObject([{ cause: 'empty' }])
  })

  test('failed: what was said stays, the error goes to onLateError and the log alone', async () => {
    const late: unknown[] = []
    const { results, onEnd } = collect()
    const failing = async function * (): AsyncGenerator<string> { yield '说到一半'; await sleep(20); throw new Error('secret reason') }
    const bot = await openBot(DOOR, { onLateError: error => { late.push(error) }, reply: () => stream(failing(), { onEnd, texts: { failed: '坏了' } }) })
    const last = final(await bot.follow(await bot.say('问')))
    expect(last.content).toBe('说到一半\n\n坏了')
    await expect.poll(() => late).toEqual([expect.objectContaining({ message: 'secret reason' })])
    expect(results).toMatchObject([{ cause: 'failed', text: '说到一半', error: late[0] }])
    expect(bot.door.log.filter(({ level }) => level >= 50)).toHaveLength(1)
  })

  test('late: the poller ends it by its age, and its source is aborted where the rest is cut', async () => {
    let handlerSignal: AbortSignal | undefined
    let sourceSignal: AbortSignal | undefined
    const { results, onEnd } = collect()
    const bot = await openBot(DOOR, {
      reply: context => {
        handlerSignal = context.signal
        return stream(async (writer, { signal }) => { sourceSignal = signal; await writer.text('开头'); await new Promise(() => {}) }, { life: 1_000, rest: 'cut', onEnd, texts: { cut: '到时间了' } })
      }
    })
    const last = final(await bot.follow(await bot.say('问')))
    expect(last.content).toBe('开头\n\n到时间了')
    expect([handlerSignal?.aborted, sourceSignal?.aborted]).toEqual([true, true])
    await expect.poll(() => results).toMatchObject([{ cause: 'late', rest: 'none' }])
    expect(results[0]?.ms).toBeGreaterThanOrEqual(990)
  })

  test('late: the rest is sent by response_url once the source has ended', async () => {
    const { origin, url, posted } = await respondServer()
    const { results, onEnd } = collect()
    const bot = await openBot(DOOR, {
      respondHosts: [origin],
      reply: () => stream((async function * () { yield '前半'; await sleep(3_000); yield '后半' })(), { life: 1_000, onEnd, texts: { later: '待续' } })
    })
    expect(final(await bot.follow(await bot.say('问', { response_url: url }))).content).toBe('前半\n\n待续')
    await expect.poll(() => results, { timeout: 8_000 }).toMatchObject([{ cause: 'late', rest: 'responded', text: '前半后半' }])
    expect(posted).toEqual([{ msgtype: 'markdown', markdown: { content: '后半' } }])
  })

  test('late: a handler that has not answered by then answers by response_url', async () => {
    const { origin, url, posted } = await respondServer()
    const bot = await openBot(DOOR, {
      respondHosts: [origin],
      deadline: 300,
      streamDefaults: { life: 1_000 },
      reply: async () => { await sleep(3_000); return text('终于') }
    })
    expect(final(await bot.follow(await bot.say('问', { response_url: url }))).content).toMatch(/\S/)
    await expect.poll(() => posted, { timeout: 8_000 }).toEqual([{ msgtype: 'markdown', markdown: { content: '终于' } }])
  })

  test.each([
    ['a single chat', { chattype: 'single' }, { msgtype: 'template_card', template_card: CARD }],
    ['a group, which takes none, as its text', { chattype: 'group', chatid: 'chat' }, { msgtype: 'markdown', markdown: { content: '**完成**\n\n共三步\n\n耗时：[2 分](https://example.com/t)\n\nhttps://example.com' } }]
  ])('late: a card that comes after it follows in %s', async (_where, chat, sent) => {
    const { origin, url, posted } = await respondServer()
    const bot = await openBot(DOOR, {
      respondHosts: [origin],
      deadline: 300,
      streamDefaults: { life: 1_000, texts: { later: '待续' } },
      reply: async () => { await sleep(3_000); return { msgtype: 'template_card', template_card: CARD } as const }
    })
    expect(final(await bot.follow(await bot.say('@机器人 问', { response_url: url, ...chat }))).content).toBe('待续')
    await expect.poll(() => posted, { timeout: 8_000 }).toEqual([sent])
  })

  test('cut: what does not fit follows, and nothing is lost', async () => {
    const { origin, url, posted } = await respondServer()
    const { results, onEnd } = collect()
    const whole = Array.from({ length: 3_000 }, (_, n) => `第${n}句。`).join('')
    const bot = await openBot(DOOR, { respondHosts: [origin], reply: () => stream(whole.match(/[^]{1,50}/g) as string[], { onEnd, texts: { later: '待续' } }) })
    const last = final(await bot.follow(await bot.say('问', { response_url: url })))
    expect(Buffer.byteLength(last.content)).toBeLessThanOrEqual(LIMIT)
    expect(last.content).toMatch(/\n\n待续$/)
    await expect.poll(() => results).toMatchObject([{ cause: 'cut', rest: 'responded', text: whole }])
    const rest = posted[0]?.markdown?.content ?? ''
    expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(LIMIT)
    expect(whole.startsWith(last.content.slice(0, -'\n\n待续'.length) + rest.slice(0, 1_000))).toBe(true)
  })

  test('cut: without a way to send the rest, the text says so', async () => {
    const { results, onEnd } = collect()
    const bot = await openBot(DOOR, { reply: () => stream(['长'.repeat(10_000)], { onEnd, texts: { cut: '略' } }) })
    const last = final(await bot.follow(await bot.say('问', { response_url: undefined })))
    expect(last.content).toMatch(/长\n\n略$/)
    await expect.poll(() => results).toMatchObject([{ cause: 'cut', rest: 'unsent' }])
  })

  test('stopped: by another message of the conversation, in no other one', async () => {
    const stopped: number[] = []
    const { results, onEnd } = collect()
    const signals: AbortSignal[] = []
    const bot = await openBot(DOOR, {
      reply: async context => {
        const { text: { content } } = context.message as unknown as { text: { content: string } }
        if (content === '停') { stopped.push(await context.stopStreams()); return text('好') }
        signals.push(context.signal)
        return stream(forever(), { onEnd, texts: { stopped: '停了' } })
      }
    })
    const other = await bot.say('说', { from: { userid: 'lisi' } })
    const first = await bot.say('说')
    await sleep(50)
    await bot.say('停')
    expect(stopped).toEqual([1])
    expect(final(await bot.follow(first)).content).toMatch(/\n\n停了$/)
    await expect.poll(() => results).toMatchObject([{ cause: 'stopped' }])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
    expect(await bot.poll(other?.id ?? '', { from: { userid: 'lisi' } })).toMatchObject({ finish: false })
  })

  test('closing: a poll that still comes is told, whatever the grace', async () => {
    const streams = memoryStreams()
    const { results, onEnd } = collect()
    const options = { streams, closeGrace: 0, reply: () => stream(forever(), { onEnd, texts: { closing: '重启' } }) }
    const bot = await openBot('node:http', options)
    const first = await bot.say('说')
    await sleep(50)
    await bot.door.close()
    expect(results).toMatchObject([{ cause: 'closing' }])
    expect(first?.finish).toBe(false)
  })

  test('closing: the last poll is answered while the server closes', async () => {
    const bot = await openBot('node:http', { closeGrace: 1_000, reply: () => stream(forever(), { texts: { closing: '重启' } }) })
    const first = await bot.say('说')
    await sleep(50)
    const closed = bot.door.close()
    const frames = await bot.follow(first)
    expect(final(frames).content).toMatch(/\n\n重启$/)
    await closed
  })
})

describe('what goes with a stream', () => {
  test('feedback in the first answer and in its repeats, and in no poll', async () => {
    const bot = await openBot(DOOR, { reply: () => stream(forever(), { feedback: true }) })
    const first = await bot.say('问')
    expect(first?.feedback).toBe(first?.id)
    expect((await bot.poll(first?.id ?? ''))?.feedback).toBeUndefined()
    expect((await bot.again())?.feedback).toBe(first?.id)
  })

  test('a placeholder stays before what follows', async () => {
    const bot = await openBot(DOOR, { reply: () => stream((async function * () { await sleep(30); yield '答案' })(), { placeholder: '请稍候…\n\n' }) })
    const frames = await bot.follow(await bot.say('问'))
    expect(frames[0]?.content).toBe('请稍候…\n\n')
    expect(final(frames).content).toBe('请稍候…\n\n答案')
  })

  test('images come with the end alone, the same at every poll', async () => {
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    const bot = await openBot(DOOR, { reply: () => stream(async writer => { writer.image(png); await writer.text('看图'); await sleep(50) }) })
    const frames = await bot.follow(await bot.say('问'))
    expect(frames.filter(({ finish }) => !finish).map(({ images }) => images).every(count => count === 0)).toBe(true)
    expect(final(frames).images).toBe(1)
    expect((await bot.poll(final(frames).id))?.images).toBe(1)
  })
})

test('a reply kept as a constant answers every message anew', async () => {
  const reply = stream(['一', '二'])
  const bot: Bot = await openBot(DOOR, { reply: () => reply })
  const one = final(await bot.follow(await bot.say('问')))
  const two = final(await bot.follow(await bot.say('又问')))
  expect([one.content, two.content]).toEqual(['一二', '一二'])
  expect(one.id).not.toBe(two.id)
})

test('a source that was handed over twice fails the second message, not the first', async () => {
  const source = (async function * () { yield '一'; await sleep(50); yield '二' })()
  const bot = await openBot(DOOR, { onLateError: () => {}, reply: () => stream(source) })
  const first = await bot.say('问')
  const second = await bot.say('又问')
  expect(final(await bot.follow(second)).content).toMatch(/\S/)
  expect(final(await bot.follow(first)).content).toBe('一二')
})
