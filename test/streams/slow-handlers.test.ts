import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { stream, text } from '../../src/index.js'
import { final, openBot } from './bot.js'

const DOOR = 'Fastify, a handler of the plugin'
const card = {
  msgtype: 'template_card',
  template_card: { card_type: 'text_notice', main_title: { title: '结果' }, card_action: { type: 1, url: 'https://example.com' }, task_id: 't1' }
} as const

/** Below, about and beyond the deadline of 400 ms. */
describe.each([200, 390, 700, 2_500])('a handler of %d ms', takes => {
  test.each([
    ['a text', () => text('好的'), '好的'],
    ['a stream', () => stream(['好', '的']), '好的'],
    ['a stream whose source takes long', () => stream((async function * () { await sleep(200); yield '好'; await sleep(200); yield '的' })()), '好的'],
    ['a stream of its own form', () => ({ msgtype: 'stream', stream: { id: 'own', finish: true, content: '好的' } }), '好的']
  ])('with %s: one bubble that ends', async (_what, reply, content) => {
    let runs = 0
    const bot = await openBot(DOOR, { deadline: 400, reply: async () => { runs++; await sleep(takes); return reply() } })
    const first = await bot.say('问')
    if (first?.id === 'own') { expect(first).toMatchObject({ finish: true, content }); return }
    expect(final(await bot.follow(first))).toMatchObject({ content, finish: true })
    expect(runs).toBe(1)
  })

  test('with a card', async () => {
    // The card of the quickest is in time on a busy machine as well.
    const deadline = takes <= 200 ? 2_000 : 400
    const bot = await openBot(DOOR, { deadline, reply: async () => { await sleep(takes); return card } })
    const first = await bot.say('问')
    if (takes <= 200) { expect(bot.last.kind).toBe('template_card'); return }
    if (first === undefined) { expect(bot.last.kind).toBe('template_card'); return }
    const last = final(await bot.follow(first))
    expect(last.content).toBe('（见卡片）')
    expect(last.reply.message).toMatchObject({ msgtype: 'stream_with_template_card', template_card: { task_id: 't1' } })
  })

  test('with nothing', async () => {
    const bot = await openBot(DOOR, { deadline: 400, reply: async () => { await sleep(takes) } })
    const first = await bot.say('问')
    if (first === undefined) { expect(bot.last.answer).toBe('empty'); return }
    expect(final(await bot.follow(first))).toMatchObject({ content: expect.stringMatching(/\S/), finish: true })
  })

  test('with a throw', async () => {
    const late: unknown[] = []
    const bot = await openBot(DOOR, { deadline: 400, onLateError: error => { late.push(error) }, reply: async () => { await sleep(takes); throw new Error('secret reason') } })
    const first = await bot.say('问')
    if (first === undefined) { expect(bot.last.status).toBe(500); return }
    const last = final(await bot.follow(first))
    expect(last).toMatchObject({ content: expect.stringMatching(/\S/), finish: true })
    expect(last.content).not.toContain('secret')
    await expect.poll(() => late).toEqual([expect.objectContaining({ message: 'secret reason' })])
  })
})
