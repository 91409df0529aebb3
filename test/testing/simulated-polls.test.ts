import { describe, expect, test } from 'vitest'
import { newCredentials, sample, simulateWecom, type SimulatedAttempt, type SimulatedFault, type SimulatorOptions } from '../../src/testing/index.js'
import { scriptedBot, type Answer, type Asked } from './scripted-bot.js'

const bot = newCredentials('')

const stream = (content: string, finish = false, id = 's1'): object => ({ msgtype: 'stream', stream: { id, finish, content } })

async function play (script: (asked: Asked, number: number) => Answer, faults: SimulatedFault[], options: Partial<SimulatorOptions> = {}) {
  const { targets, asked } = await scriptedBot(bot, script)
  const wecom = simulateWecom({ credentials: bot, ...targets.HTTP, verify: false, pollInterval: 5, ...options } as SimulatorOptions)
  return { asked, delivery: await wecom.deliver(sample('aibot.text'), { faults }) }
}

/** Grows by one with each request, to the end at so many, which then stays. */
const growing = (end: number) => (_asked: Asked, number: number) => stream('字'.repeat(Math.min(number, end)), number >= end)
const polls = (attempts: SimulatedAttempt[]) => attempts.map(({ number, fault, outcome }) => `${number} ${fault ?? ''} ${outcome}`)

test('what the user saw is told frame by frame', async () => {
  const { delivery } = await play(growing(3), [])
  expect(delivery.frames.map(({ content, finish }) => [content, finish])).toEqual([['', false], ['字', false], ['字字', false], ['字字字', true]])
  expect(delivery).toMatchObject({ outcome: 'accepted', shown: '字字字', problems: [] })
})

test('what is no stream has no frames', async () => {
  const { delivery } = await play(() => ({ msgtype: 'template_card', template_card: { card_type: 'text_notice' } }), ['repeat-poll'])
  expect(delivery).toMatchObject({ outcome: 'accepted', frames: [], polls: [], problems: [] })
})

describe('faults of polls', () => {
  test('drop-poll: every other answer is lost, and the last one, which is asked again', async () => {
    const { delivery } = await play(growing(4), ['drop-poll'])
    expect(polls(delivery.polls)).toEqual(['1 drop-poll dropped', '2  accepted', '3 drop-poll dropped', '4 drop-poll dropped', '5  accepted'])
    expect(delivery).toMatchObject({ outcome: 'accepted', shown: '字字字字', problems: [] })
    expect(delivery.frames.map(({ content }) => content)).toEqual(['', '字字', '字字字字'])
  })

  test('drop-poll: an end that was lost must come again as it was', async () => {
    const { delivery } = await play((_asked, number) => stream('字'.repeat(number), number >= 2), ['drop-poll'])
    expect(delivery.problems).toEqual([expect.stringContaining('its end must stay')])
  })

  test('repeat-poll: the same bytes again after each answer, after the last too', async () => {
    const { delivery, asked } = await play(growing(3), ['repeat-poll'])
    expect(polls(delivery.polls)).toEqual(['1  accepted', '1 repeat-poll accepted', '2  accepted', '2 repeat-poll accepted'])
    expect(delivery.polls[1]?.request).toEqual(delivery.polls[0]?.request)
    expect(asked[2]?.msgid).toBe(asked[1]?.msgid)
    expect(delivery).toMatchObject({ shown: '字字字', problems: [] })
  })

  test('repeat-poll: a server that has forgotten the stream at its end is found', async () => {
    const { delivery } = await play((_asked, number) => number < 2 ? stream('字', number === 1) : stream('没有这个流', true), ['repeat-poll'])
    expect(delivery.problems).toEqual([expect.stringContaining('its end must stay')])
    expect(delivery.shown).toBe('字')
  })

  test('overlap-polls: two at once, and whichever is answered first is no fault', async () => {
    const { delivery, asked } = await play(growing(5), ['overlap-polls'])
    expect(polls(delivery.polls).map(poll => poll.split(' ')[0])).toEqual(['1', '1', '2', '2', '3', '3'])
    expect(delivery.polls.filter(({ fault }) => fault === 'overlap-polls')).toHaveLength(3)
    expect(new Set(asked.map(({ msgid }) => msgid)).size).toBe(7)
    expect(delivery).toMatchObject({ shown: '字'.repeat(5), problems: [] })
  })

  test('overlap-polls: what shrinks from one pair to the next is found', async () => {
    const { delivery } = await play((_asked, number) => stream('字'.repeat([0, 2, 2, 1, 1, 3][number] ?? 4), number > 5), ['overlap-polls'])
    expect(delivery.problems).toEqual([expect.stringContaining('less than the 6 shown before')])
  })

  test('stop-polls: two, and no more, which is no fault of the stream', async () => {
    const { delivery } = await play(growing(9), ['stop-polls'])
    expect(delivery.polls).toHaveLength(2)
    expect(delivery).toMatchObject({ outcome: 'accepted', shown: '字字', problems: [] })
  })

  test('all at once', async () => {
    const { delivery } = await play(growing(12), ['drop-poll', 'overlap-polls', 'duplicate', 'drop-answer'])
    expect(delivery).toMatchObject({ outcome: 'accepted', shown: '字'.repeat(12), problems: [] })
  })
})

describe('what is wrong with a stream is a problem of the poll that shows it, and of the delivery', () => {
  test.each([
    ['shorter', ['正在查', '查'], /less than the 9 shown before/],
    ['half a character', ['好', '好\ud83d'], /half a character/],
    ['invisible', ['', '\u200b'], /nothing to be seen/],
    ['never closed', ['<think>', '<think>a</think>b<think>'], /not closed/]
  ])('%s', async (_name, [first, second], says) => {
    const { delivery } = await play((_asked, number) => stream((number === 0 ? first : second) as string, number > 0), [])
    expect(delivery.problems).toEqual([expect.stringMatching(says)])
    expect(delivery.polls.at(-1)?.problems).toEqual(delivery.problems)
  })

  test('content that begins otherwise, and is no shorter, is none of WeCom\'s', async () => {
    const { delivery } = await play((_asked, number) => stream(`第 ${number} 步`, number > 2), [])
    expect(delivery).toMatchObject({ shown: '第 3 步', problems: [] })
  })
})

test('with targets, every request after the first attempt goes to another server in turn: retries and polls', async () => {
  let count = 0
  const script = (asked: Asked): Answer => asked.msgtype !== 'stream' && count === 0 ? (count++, 500) : stream('字'.repeat(count++), count > 6)
  const [own, one, two] = await Promise.all([scriptedBot(bot, script), scriptedBot(bot, script), scriptedBot(bot, script)])
  const wecom = simulateWecom({ credentials: bot, ...own.targets.HTTP, verify: false, pollInterval: 5, targets: [one.targets.HTTP, two.targets.inject] } as SimulatorOptions)
  const { outcome, problems } = await wecom.deliver(sample('aibot.text'))
  expect({ outcome, problems }).toEqual({ outcome: 'accepted', problems: [] })
  expect([own, one, two].map(({ asked }) => asked.map(({ msgtype }) => msgtype))).toEqual([['text'], ['text', 'stream', 'stream'], ['stream', 'stream', 'stream']])
})
