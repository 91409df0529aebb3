import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { stream, text } from '../../src/index.js'
import { DOOR_NAMES } from '../doors/doors.js'
import { gate } from '../support/gate.js'
import { final, openBot } from './bot.js'

async function * spoken (parts: string[], every = 15): AsyncGenerator<string> {
  for (const part of parts) {
    await sleep(every)
    yield part
  }
}

/** The client speaks HTTP/1.1. */
describe.each(DOOR_NAMES.filter(name => name !== 'node:http2'))('%s', name => {
  test('a source that is handed over grows from poll to poll, to its end', async () => {
    const bot = await openBot(name, { reply: () => stream(spoken(['一', '二', '三'], 150)) })
    const first = await bot.say('数数')
    expect(first).toMatchObject({ id: expect.stringMatching(/^fw1-[\w-]{22}$/), finish: false, content: '' })
    const frames = await bot.follow(first, 5)
    expect(final(frames)).toMatchObject({ content: '一二三', finish: true })
    expect(frames.some(({ content, finish }) => !finish && content !== '')).toBe(true)
  })

  test('the end is the same however often it is polled', async () => {
    const bot = await openBot(name, { reply: () => stream(['完']) })
    const frames = await bot.follow(await bot.say('好'))
    const { id, content } = final(frames)
    expect(await bot.poll(id)).toMatchObject({ id, content, finish: true })
    expect(await bot.poll(id)).toMatchObject({ id, content, finish: true })
  })

  test('a message that comes again joins the same stream, whose handler ran once', async () => {
    let runs = 0
    const bot = await openBot(name, { reply: () => { runs++; return stream(spoken(['甲', '乙'])) } })
    const first = await bot.say('好')
    const again = await bot.again()
    expect(again?.id).toBe(first?.id)
    await bot.follow(first)
    expect(await bot.again()).toMatchObject({ id: first?.id, content: '甲乙', finish: true })
    expect(runs).toBe(1)
  })

  test('a handler that takes long is answered for: its text goes into the stream', async () => {
    const end = gate()
    const bot = await openBot(name, { deadline: 250, reply: async () => { await end.opened; return text('想好了') } })
    const first = await bot.say('难题')
    expect(first).toMatchObject({ content: '', finish: false })
    // Not at the default deadline of 4 500.
    expect(bot.last.ms).toBeLessThan(4_000)
    end.open()
    expect(final(await bot.follow(first))).toMatchObject({ content: '想好了', finish: true })
  })

  test('a poll for a stream of its own goes to the app', async () => {
    const bot = await openBot(name, { reply: ({ kind }) => kind === 'aibot.stream' ? { msgtype: 'stream', stream: { id: 'mine', content: '自己的', finish: true } } : undefined })
    expect(await bot.poll('mine')).toMatchObject({ id: 'mine', content: '自己的', finish: true })
  })

  test('a reply to a poll of the app is sent as it is, though its id begins as those of this package do', async () => {
    const bot = await openBot(name, { reply: ({ kind }) => kind === 'aibot.stream' ? text('到此为止') : undefined })
    expect(await bot.poll('fw1-mine')).toMatchObject({ id: 'fw1-mine', content: '到此为止', finish: true })
  })

  test('a poll for a stream that nobody knows gets the empty answer', async () => {
    const bot = await openBot(name, { reply: () => undefined })
    expect(await bot.poll('fw1-' + 'a'.repeat(22))).toBeUndefined()
    expect(bot.last).toMatchObject({ status: 200, answer: 'empty' })
    expect(await bot.poll('foreign')).toBeUndefined()
    expect(bot.last).toMatchObject({ status: 200, answer: 'empty' })
  })
})
