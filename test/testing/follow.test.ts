import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newCredentials, sample, wecomClient, type FollowOptions } from '../../src/testing/index.js'
import type { Reply, WecomContext } from '../../src/index.js'
import { listenForTest } from '../support/server.js'
import { scriptedBot, type Answer } from './scripted-bot.js'

const bot = newCredentials('')
const PNG = Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), Buffer.from('pixels')])
const JPG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('pixels')])
const image = (data: Buffer, md5 = createHash('md5').update(data).digest('hex')) => ({ msgtype: 'image', image: { base64: data.toString('base64'), md5 } })

interface Frame { content?: string, finish?: boolean, id?: string, msg_item?: unknown, feedback?: unknown }
const stream = ({ id = 's1', ...rest }: Frame): object => ({ msgtype: 'stream', stream: { id, finish: false, ...rest } })
const grown = (content: string): Answer => stream({ content })
const done = (content: string, rest: Frame = {}): Answer => stream({ content, finish: true, ...rest })

/** Follows a bot that answers the message and its polls by this list, the last entry again and again. */
async function follow (way: 'inject' | 'HTTP', answers: Answer[], options: FollowOptions = {}, timeout = answers.includes('hang') ? 500 : 20_000) {
  const { targets, asked } = await scriptedBot(bot, (_asked, number) => answers[Math.min(number, answers.length - 1)] as Answer)
  const client = wecomClient({ credentials: bot, timeout, ...targets[way] })
  return { asked, ...await client.follow(sample('aibot.text'), { every: 10, until: 10_000, ...options }) }
}

describe.each(['inject', 'HTTP'] as const)('over %s', way => {
  test('polls until the stream is finished, each poll with an id of its own, and tells what was shown', async () => {
    const { asked, ...followed } = await follow(way, [grown(''), grown('<think>想'), grown('<think>想一想</think>一'), done('<think>想一想</think>一二三', { msg_item: [image(PNG), image(JPG)] })])
    expect(followed).toMatchObject({ id: 's1', final: '一二三', thinking: '想一想', images: [PNG, JPG], problems: [], reply: { kind: 'stream', status: 200 } })
    expect(followed.frames.map(({ content, finish }) => [content, finish])).toEqual([['', false], ['<think>想', false], ['<think>想一想</think>一', false], ['<think>想一想</think>一二三', true]])
    const times = followed.frames.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(asked.map(({ msgtype }) => msgtype)).toEqual(['text', 'stream', 'stream', 'stream'])
    expect(new Set(asked.map(({ msgid }) => msgid)).size).toBe(4)
    for (const poll of asked.slice(1)) {
      expect(poll).toMatchObject({ stream: { id: 's1' }, from: asked[0]?.from, aibotid: asked[0]?.aibotid })
      expect(poll).not.toHaveProperty('response_url')
    }
  })

  const good: Array<[string, Answer[]]> = [
    ['a stream that is finished at once', [done('好')]],
    ['feedback in the first answer', [stream({ content: '', feedback: { id: 'f1' } }), done('好')]],
    ['a poll that is answered by nothing', [grown('一'), '', '', done('一二')]],
    ['thinking that grows within its tags', [grown('<think>a</think>'), grown('<think>ab</think>c'), done('<think>ab</think>cd')]],
    ['a think tag that comes in pieces', [grown('<thi'), grown('<think>a'), grown('<think>a</th'), done('<think>a</think>b')]],
    ['think tags that a zero-width space defuses', [done('写作 `<\u200bthink>` 和 <\u200b/think>')]],
    ['an emoji beyond the first plane', [grown('👩‍👩‍👧'), done('👩‍👩‍👧‍👦𠮷')]],
    ['20,480 bytes', [grown('一'), done('一'.repeat(6826) + 'ab')]],
    ['a stream with a card', [{ msgtype: 'stream_with_template_card', stream: { id: 's1', finish: false, content: 'a' } }, { msgtype: 'stream_with_template_card', stream: { id: 's1', finish: true, content: 'ab' }, template_card: { card_type: 'text_notice' } }]],
    ['the same content again and again', [grown('a'), grown('a'), grown('a'), done('a')]],
    ['a content that is left out', [stream({}), done('a')]]
  ]
  test.each(good)('finds nothing wrong with %s', async (_name, answers) => {
    const { problems, frames } = await follow(way, answers)
    expect(problems).toEqual([])
    expect(frames.at(-1)?.finish).toBe(true)
  })

  const bad: Array<[string, Answer[], FollowOptions?]> = [
    ['shrinks', [grown('正在查询…'), done('查到')]],
    ['shrinks', [grown('一二三'), grown('一二'), done('一二三四')]],
    ['rewrites', [grown('正在查'), done('查到了一个')]],
    ['rewrites', [grown('<think>a'), done('<think>b</think>c')]],
    ['id changed', [grown('a'), stream({ id: 's2', content: 'ab', finish: true })]],
    ['invisible finish', [grown(''), done('')]],
    ['invisible finish', [done(' \n\u200b\u3000\ufeff')]],
    ['invisible finish', [done('<think>只有思考</think>\n')]],
    ['invisible finish', [done('', { msg_item: [image(PNG)] })]],
    ['broken character', [grown('好\ud83d'), done('好\ud83d\ude00')]],
    ['broken character', [done('好\ufffd')]],
    ['over the limit', [grown('a'), done('a' + '长'.repeat(6827))]],
    ['images early', [stream({ content: 'a', msg_item: [image(PNG)] }), done('a', { msg_item: [image(PNG)] })]],
    ['bad image', [done('a', { msg_item: [image(Buffer.from('GIF89a'))] })]],
    ['bad image', [done('a', { msg_item: [image(PNG, '0'.repeat(32))] })]],
    ['bad image', [done('a', { msg_item: Array.from({ length: 11 }, () => image(PNG)) })]],
    ['bad image', [done('a', { msg_item: [{ msgtype: 'image', image: { base64: 'not base64', md5: '' } }] })]],
    ['feedback in a refresh', [grown('a'), done('ab', { feedback: { id: 'f1' } })]],
    ['unbalanced think', [grown('a<think>b'), done('a<think>bc')]],
    ['unbalanced think', [done('a</think>b')]],
    ['unbalanced think', [done('<think>a<think>b</think>c')]],
    ['never finished', [grown('a')], { until: 100 }],
    ['never finished', [grown('a'), ''], { until: 100 }],
    ['refused', [grown('a'), 500, done('ab')]],
    ['no stream', [grown('a'), { msgtype: 'text', text: { content: 'b' } }, done('ab')]],
    ['no stream', [grown('a'), { bare: 'success' }, done('ab')]],
    ['no stream', [grown('a'), { bare: '{"msgtype":"stream"}' }, done('ab')]],
    ['no answer', [grown('a'), 'hang', done('ab')]],
    ['malformed', [{ msgtype: 'stream', stream: { finish: true, content: 'a' } }]]
  ]
  test.each(bad)('finds alone: %s in %j', async (name, answers, options) => {
    const { problems } = await follow(way, answers, options)
    expect([...new Set(problems.map(problem => problem.split(': ')[0]))]).toEqual([name])
    expect(problems[0]).toMatch(/^[a-z ]+: .+\.$/)
  })

  test('a message that is answered by no stream has its answer, no frames, and no polls', async () => {
    const card = await follow(way, [{ msgtype: 'template_card', template_card: { card_type: 'text_notice' } }])
    expect(card).toMatchObject({ id: undefined, frames: [], final: '', thinking: '', images: [], problems: [], reply: { kind: 'template_card' } })
    expect(await follow(way, [''])).toMatchObject({ frames: [], problems: [], reply: { answer: 'empty' } })
    expect(await follow(way, [500])).toMatchObject({ frames: [], problems: [expect.stringMatching(/^refused: The status is 500/)], reply: { status: 500 } })
    expect(card.asked).toHaveLength(1)
  })

  test('a message that gets no answer at all throws, as send does', async () => {
    await expect(follow(way, ['hang'])).rejects.toMatchObject({ code: 'timeout' })
  })

  test('what is shown stays while polls fail, and what never finished has no final text', async () => {
    const { frames, final, thinking } = await follow(way, [grown('<think>a</think>b'), 503, '', 'hang'], { until: 700 })
    expect({ frames: frames.length, final, thinking }).toEqual({ frames: 1, final: '', thinking: 'a' })
  })

  test('polls go to other servers in turn, and to those alone; the list may change meanwhile', async () => {
    let shown = 0
    const script = () => shown++ < 8 ? grown('x'.repeat(shown)) : done('x'.repeat(shown))
    const [first, second, third] = await Promise.all([scriptedBot(bot, script), scriptedBot(bot, script), scriptedBot(bot, script)])
    const targets = [second.targets[way], third.targets[way]]
    const following = wecomClient({ credentials: bot, ...first.targets[way] }).follow(sample('aibot.text'), { every: 20, targets })
    while (third.asked.length < 2) await wait(1)
    targets.pop()
    expect((await following).problems).toEqual([])
    expect([first.asked.length, second.asked.length, third.asked.length]).toEqual([1, 6, 2])
  })

  test('follows a handler of this package that answers its polls itself', async () => {
    let words = 0
    const reply = ({ kind, message }: WecomContext): Reply => {
      const id = kind === 'aibot.stream' ? (message as unknown as { stream: { id: string } }).stream.id : 'mine'
      return { msgtype: 'stream', stream: { id, finish: ++words === 4, content: '字'.repeat(words) } } as Reply
    }
    const server = await listenForTest({ credentials: bot, reply })
    const target = way === 'inject' ? { app: server.app, path: '/wecom' } : { url: `http://127.0.0.1:${server.port}/wecom` }
    const followed = await wecomClient({ credentials: bot, ...target }).follow(sample('aibot.text'), { every: 10 })
    expect(followed).toMatchObject({ id: 'mine', final: '字字字字', problems: [] })
    expect(followed.frames).toHaveLength(4)
  })
})

test('ten pictures in 13 MB of answer are read whole', async () => {
  const pictures = Array.from({ length: 10 }, (_, index) => Buffer.concat([PNG, Buffer.alloc(1_000_000, index)]))
  const { images, problems } = await follow('HTTP', [grown('a'), done('ab', { msg_item: pictures.map(data => image(data)) })], { until: 20_000 })
  expect(problems).toEqual([])
  expect(images.map((data, index) => data.equals(pictures[index] as Buffer))).toEqual(Array(10).fill(true))
})

test('polls about every second unless told otherwise', async () => {
  const { targets } = await scriptedBot(bot, (_asked, number) => number === 0 ? grown('a') : done('ab'))
  const { frames } = await wecomClient({ credentials: bot, ...targets.inject }).follow(sample('aibot.text'))
  expect((frames[1]?.at ?? 0) - (frames[0]?.at ?? 0)).toBeGreaterThanOrEqual(990)
})

test('options that are none are refused', async () => {
  const client = wecomClient({ credentials: bot, url: 'http://127.0.0.1:1' })
  for (const options of [{ evry: 5 }, { until: 6 }, { every: -1 }, { targets: {} }, { targets: [{ uri: 'x' }] }]) {
    await expect(client.follow(sample('aibot.text'), options as never)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
  }
})

test('text in any pieces, with thinking before it, is no problem and comes out as it went in', async () => {
  const piece = fc.stringMatching(/^[a-z一-龥😀👍*`\n ]{1,8}$/u)
  const { targets } = await scriptedBot(bot, (_asked, number) => script(number))
  const client = wecomClient({ credentials: bot, ...targets.inject })
  let start = 0
  let count = 0
  let script: (number: number) => Answer = () => ''
  await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 4 }), fc.array(piece, { minLength: 1, maxLength: 6 }), async (thoughts, words) => {
    const contents = [''].concat(thoughts.map((_, index) => `<think>${thoughts.slice(0, index + 1).join('')}`))
    const before = thoughts.length === 0 ? '' : `${contents.at(-1)}</think>`
    contents.push(...words.map((_, index) => before + words.slice(0, index + 1).join('')))
    const last = `${contents.at(-1)}.`
    start = count
    script = number => {
      count = number + 1
      const content = contents[number - start]
      return content === undefined ? done(last) : grown(content)
    }
    const { final, thinking, problems } = await client.follow(sample('aibot.text'), { every: 0 })
    expect({ final, thinking, problems }).toEqual({ final: `${words.join('')}.`, thinking: thoughts.join(''), problems: [] })
  }), { numRuns: 100 })
})
