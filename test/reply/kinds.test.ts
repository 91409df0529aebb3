import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { image, news, updateButton, video, voice, type Reply } from '../../src/index.js'
import { composeReply } from '../../src/reply/compose.js'
import { SAMPLES } from './samples.js'
import { answered, CORP, ENTRIES, exchange, MEMBER, messageOf, nameOf, readTree } from './wecom.js'

beforeEach(() => { vi.useFakeTimers({ toFake: ['Date'], now: 1767168001_000 }) })
afterEach(() => { vi.useRealTimers() })

test('every reply kind of replies.json has a sample here', () => {
  expect(Object.keys(SAMPLES)).toEqual(ENTRIES.map(nameOf))
})

const of = (scene: string) => ENTRIES.filter(entry => entry.scene === scene).map(entry => ({ ...entry, name: nameOf(entry), ...SAMPLES[nameOf(entry)] as { key: string, reply: Reply & object } }))

test.each(of('app'))('$name is sealed, and opens as WeCom writes its sample', async ({ key, reply, sample }) => {
  expect(await exchange(messageOf(key), 'xml', reply)).toBe(sample)
})

test.each(of('app'))('$name answers a JSON message in JSON, with the names of the XML', async ({ key, reply }) => {
  const json = JSON.parse(await exchange(messageOf(key), 'json', reply))
  const { Articles, ...rest } = reply as Record<string, unknown>
  expect(json).toEqual({ ToUserName: MEMBER, FromUserName: CORP, CreateTime: 1767168001, ...rest, ...(Articles === undefined ? {} : { ArticleCount: 1, Articles: { item: Articles } }) })
})

test.each(of('aibot'))('$name is sealed, and opens as the sample', async ({ format, key, reply, sample }) => {
  const expected = format === 'json-fragment' ? { msgtype: 'template_card', template_card: sample } : sample
  expect(JSON.parse(await exchange(messageOf(key), 'json', reply))).toEqual(expected)
})

describe.each(of('group-bot'))('$name', ({ key, reply, sample, sampleJson }) => {
  test('is XML where the robot speaks XML', async () => {
    expect(readTree(await exchange(messageOf(key, 'xml'), 'xml', reply))).toEqual(readTree(sample as string))
  })

  test('is snake case where the robot speaks JSON', async () => {
    const { VisibleToUser: visibleToUser, ...rest } = reply as { VisibleToUser: string }
    const shown = 'visible_to_user' in (sampleJson as object) ? reply : rest as Reply
    expect(JSON.parse(await exchange(messageOf(key, 'json'), 'json', shown))).toEqual(sampleJson)
  })

  test('may be spelled as its JSON is, in both formats', async () => {
    expect(JSON.parse(await exchange(messageOf(key, 'json'), 'json', sampleJson as unknown as Reply))).toEqual(sampleJson)
    const lower = { visible_to_user: 'zhangsan|lisi', ...sampleJson } as unknown as Reply
    expect(readTree(await exchange(messageOf(key, 'xml'), 'xml', lower))).toEqual(readTree(sample as string))
  })
})

describe('news', () => {
  const articles = [{ Title: 'one' }, { Title: 'two' }]
  const compose = (reply: unknown): string => composeReply(reply, answered('text'))

  test('takes a list of articles and WeCom\'s own nesting alike, and counts them', () => {
    const expected = compose({ MsgType: 'news', Articles: articles })
    expect(expected).toContain('<ArticleCount>2</ArticleCount><Articles><item><Title><![CDATA[one]]></Title></item><item><Title><![CDATA[two]]></Title></item></Articles>')
    expect(compose({ MsgType: 'news', Articles: { item: articles } })).toBe(expected)
    expect(compose({ MsgType: 'news', ArticleCount: 2, Articles: articles })).toBe(expected)
    expect(compose(news(articles))).toBe(expected)
  })

  test('takes a single article', () => {
    expect(compose({ MsgType: 'news', Articles: { item: { Title: 'one' } } })).toBe(compose(news([{ Title: 'one' }])))
  })

  test('refuses a count that is wrong', () => {
    expect(() => compose({ MsgType: 'news', ArticleCount: 1, Articles: articles })).toThrow('ArticleCount of a reply of kind news to be the number of Articles, 2, got 1. Leave it out: it is counted.')
  })
})

test('the builders make plain reply values', () => {
  expect(image('M1')).toEqual({ MsgType: 'image', Image: { MediaId: 'M1' } })
  expect(voice('M1')).toEqual({ MsgType: 'voice', Voice: { MediaId: 'M1' } })
  expect(video('M1')).toEqual({ MsgType: 'video', Video: { MediaId: 'M1' } })
  expect(video('M1', { Title: 't' })).toEqual({ MsgType: 'video', Video: { MediaId: 'M1', Title: 't' } })
  expect(updateButton('done')).toEqual({ MsgType: 'update_button', Button: { ReplaceName: 'done' } })
})

test('mentions may be nested as WeCom\'s XML is, and none are left out', () => {
  const compose = (MentionedList: unknown): string => composeReply({ MsgType: 'text', Text: { Content: 'hi', MentionedList } }, answered('groupbot.text'))
  expect(compose({ Item: ['a', 'b'] })).toBe(compose(['a', 'b']))
  expect(compose(['a', 'b'])).toContain('<MentionedList><Item><![CDATA[a]]></Item><Item><![CDATA[b]]></Item></MentionedList>')
  expect(compose([])).not.toContain('MentionedList')
})

test('fields come in the order of WeCom\'s samples, whatever the order they are given in', () => {
  expect(composeReply({ Video: { Description: 'd', Title: 't', MediaId: 'm' }, MsgType: 'video', CreateTime: 1 }, answered('text')))
    .toBe(`<xml><ToUserName><![CDATA[${MEMBER}]]></ToUserName><FromUserName><![CDATA[${CORP}]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[video]]></MsgType>` +
      '<Video><MediaId><![CDATA[m]]></MediaId><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description></Video></xml>')
})

test('who and when are kept where the reply gives them', () => {
  expect(composeReply({ ToUserName: 'lisi', FromUserName: 'other', CreateTime: '5', MsgType: 'text', Content: 'hi' }, answered('text')))
    .toBe('<xml><ToUserName><![CDATA[lisi]]></ToUserName><FromUserName><![CDATA[other]]></FromUserName><CreateTime>5</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content></xml>')
})

test('an undefined field is none, an unknown one passes', () => {
  const composed = composeReply({ ToUserName: undefined, MsgType: 'text', Content: 'hi', NewField: { A: 1, B: [true, 'x'], C: undefined } }, answered('text'))
  expect(composed).toContain(`<ToUserName><![CDATA[${MEMBER}]]></ToUserName>`)
  expect(composed).toContain('<Content><![CDATA[hi]]></Content><NewField><A>1</A><B>true</B><B><![CDATA[x]]></B></NewField></xml>')
})

test('the reply that was given is not changed', () => {
  const reply = { MsgType: 'news', Articles: [{ Title: 'x'.repeat(200) }] }
  composeReply(reply, answered('text'), () => {})
  expect(reply).toEqual({ MsgType: 'news', Articles: [{ Title: 'x'.repeat(200) }] })
})
