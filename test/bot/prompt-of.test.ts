import fc from 'fast-check'
import { expect, test } from 'vitest'
import { promptOf, type AibotMessage } from '../../src/index.js'
import { sample, sampleKeys } from '../../src/testing/index.js'

const group = (content: string, more: object = {}) =>
  ({ msgid: 'm', aibotid: 'aib', chatid: 'wr', chattype: 'group', from: { userid: 'z' }, msgtype: 'text', text: { content }, ...more }) as AibotMessage
const single = (content: string) =>
  ({ msgid: 'm', aibotid: 'aib', chattype: 'single', from: { userid: 'z' }, msgtype: 'text', text: { content } }) as AibotMessage

test.each([
  ['@小助手 今天的待办', '今天的待办'],
  ['@小助手\u2005今天的待办', '今天的待办'],
  ['  @小助手\n第一行\n第二行', '第一行\n第二行'],
  ['@小助手', ''],
  ['请问 @小助手', '请问 @小助手'],
  ['写给 a@b.com', '写给 a@b.com'],
  ['@ 小助手', '@ 小助手']
])('without the name, the word that a group message begins with is the mention: %j', (content, prompt) => {
  expect(promptOf(group(content))).toBe(prompt)
})

test.each<[string, string, string]>([
  ['小助手', '@小助手 今天的待办', '今天的待办'],
  ['小助手', '今天的待办 @小助手', '今天的待办'],
  ['小助手', '请 @小助手 查一下', '请 查一下'],
  ['小助手', '请@小助手查一下', '请@小助手查一下'],
  ['小助手', '@小助手查一下', '查一下'],
  ['小助手', '@小助手，查一下', '，查一下'],
  ['小助手', '@小助手 @小助手 两次 @小助手', '两次'],
  ['小助手', '@张三 @小助手 你好', '@张三 你好'],
  ['小助手', '@小助手2 @小助手 你好', '@小助手2 你好'],
  ['小助手', '@小助手2 你好', '@小助手2 你好'],
  ['小助手', '第一行\n@小助手 第二行', '第一行\n第二行'],
  ['小助手', 'hello@小助手 world', 'hello@小助手 world'],
  ['My Bot', '@My Bot tell me', 'tell me'],
  ['My Bot', '@My\u00a0Bot tell me', 'tell me'],
  ['My Bot', 'see 你好@My Bot tell me', 'see 你好 tell me'],
  ['@My Bot', '@My Bot tell me', 'tell me'],
  ['C++ (beta) [x]', '@C++ (beta) [x] why', 'why'],
  ['a-b', '@a-b why', 'why'],
  ['🤖 Bot', '@🤖 Bot hi', 'hi'],
  ['bot', '@Bot hi', '@Bot hi'],
  ['bot', 'mail to me@bot now', 'mail to me@bot now'],
  ['小助手', '@别人 你好', '@别人 你好']
])('the mentions of %j are taken out of %j', (botName, content, prompt) => {
  expect(promptOf(group(content), { botName })).toBe(prompt)
})

test('what begins with @ in a single chat stays, but for the name of the bot', () => {
  expect(promptOf(single('@wecom 是什么'))).toBe('@wecom 是什么')
  expect(promptOf(single('@小助手 你好'), { botName: '小助手' })).toBe('你好')
})

test('the texts of a mixed message are joined, without the mention', () => {
  const mixed = { msg_item: [{ msgtype: 'image', image: { url: 'u' } }, { msgtype: 'text', text: { content: '@小助手 看这张' } }, { msgtype: 'text', text: { content: '和这段' } }] }
  expect(promptOf(group('', { msgtype: 'mixed', mixed }))).toBe('看这张\n和这段')
})

test('a voice message is what was said', () => {
  expect(promptOf({ ...single(''), msgtype: 'voice', voice: { content: '查天气' } } as AibotMessage)).toBe('查天气')
})

test('what is quoted stands before it as a quotation, and can be left out', () => {
  const message = group('@小助手 总结', { quote: { msgtype: 'text', text: { content: '第一\n\n@小助手 第二' } } })
  expect(promptOf(message)).toBe('> 第一\n>\n> @小助手 第二\n\n总结')
  expect(promptOf(message, { quote: false })).toBe('总结')
  expect(promptOf(group('@小助手', { quote: { msgtype: 'voice', voice: { content: '你好' } } }))).toBe('> 你好')
  expect(promptOf(group('看', { quote: { msgtype: 'image', image: { url: 'u' } } }))).toBe('看')
})

test('pictures, files, polls and events say nothing', () => {
  const keys = sampleKeys.filter(key => /^aibot\.(image|file|video|stream|event\..*)$/.test(key))
  expect(keys.length).toBeGreaterThan(6)
  for (const key of keys) expect(promptOf(sample(key) as AibotMessage), key).toBe('')
})

test.each([{ botName: '' }, { botName: ' ' }, { botName: 3 }, { botname: 'x' }])('%j is refused', options => {
  expect(() => promptOf(single('x'), options as object)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
})

test('whatever the name, its mention goes and the text beside it stays', () => {
  const name = fc.string({ unit: fc.constantFrom(...'aZ9é助🤖+-.*[](){}|^$?#/_,& \u3000'), minLength: 1, maxLength: 8 })
    .map(name => name.trim()).filter(name => name !== '')
  fc.assert(fc.property(name, botName => {
    expect(promptOf(group(`@${botName} 今天`), { botName })).toBe('今天')
    expect(promptOf(group(`今天 @${botName}`), { botName })).toBe('今天')
  }), { numRuns: 1_000, seed: 26 })
})

test('a long text of blanks and mentions costs no more than its length', () => {
  const started = process.cpuUsage()
  promptOf(group('@My '.repeat(60_000) + ' '.repeat(250_000)), { botName: 'My Bot' })
  promptOf(group('@B '.repeat(80_000)), { botName: 'B' })
  promptOf(group(`${' '.repeat(250_000)}x`), { botName: 'B' })
  const { user, system } = process.cpuUsage(started)
  // Microseconds of the processor, as a busy machine takes longer.
  expect(user + system).toBeLessThan(1_000_000)
})
