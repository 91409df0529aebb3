import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conversationKey, type AibotMessage } from '../../src/index.js'
import { sample } from '../../src/testing/index.js'

const message = (more: object) =>
  ({ msgid: 'm', aibotid: 'aib', from: { userid: 'zhangsan' }, msgtype: 'text', text: { content: '' }, ...more }) as AibotMessage
const inGroup = { chatid: 'wrA', chattype: 'group' }

test('a single chat is bot and user, a group bot, chat and member, or bot and chat', () => {
  expect(conversationKey(message({ chattype: 'single' }))).toBe('aib:single:zhangsan')
  expect(conversationKey(message(inGroup))).toBe('aib:group:wrA:zhangsan')
  expect(conversationKey(message(inGroup), { group: 'shared' })).toBe('aib:group:wrA')
  expect(conversationKey(message({ chattype: 'single' }), { group: 'shared' })).toBe('aib:single:zhangsan')
})

test('ids that differ in case are different conversations', () => {
  expect(conversationKey(message({ chatid: 'wra', chattype: 'group' }))).not.toBe(conversationKey(message(inGroup)))
})

test('users of the same id in two corps are two', () => {
  const of = (corpid: string) => conversationKey(message({ chattype: 'single', from: { userid: 'z', corpid } }))
  expect(of('ww1')).not.toBe(of('ww2'))
})

test('polls and events belong to the conversation of their message', () => {
  const chat = { chatid: 'wrA', from: { userid: 'z' } }
  const key = conversationKey(sample('aibot.text', chat))
  expect(conversationKey(sample('aibot.stream', chat))).toBe(key)
  expect(conversationKey(message({ aibotid: sample('aibot.text').aibotid, msgtype: 'event', from: { userid: 'z', chat_id: 'wrA' } }))).toBe(key)
  expect(conversationKey(message({ msgtype: 'event' }))).toBe('aib:single:zhangsan')
})

test('a group without an id is shared with nobody', () => {
  expect(conversationKey(message({ chattype: 'group' }), { group: 'shared' })).toBe('aib:group::zhangsan')
})

test.each([{ group: 'all' }, { groups: 'shared' }])('%j is refused', options => {
  expect(() => conversationKey(message({}), options as object)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
})

test('no two conversations share a key, whatever their ids consist of', () => {
  const id = fc.string({ unit: fc.constantFrom('a', 'A', ':', '%', '3', '5', 'single', 'group'), minLength: 1, maxLength: 4 })
  const conversation = fc.record({
    aibotid: id, single: fc.boolean(), chatid: id, userid: id, corpid: fc.option(id, { nil: undefined }), group: fc.constantFrom('member' as const, 'shared' as const)
  })
  const keyOf = ({ aibotid, single, chatid, userid, corpid, group }: typeof conversation extends fc.Arbitrary<infer T> ? T : never) =>
    conversationKey(message({ aibotid, chattype: single ? 'single' : 'group', ...(single ? {} : { chatid }), from: { userid, corpid } }), { group })
  const nameOf = ({ aibotid, single, chatid, userid, corpid, group }: typeof conversation extends fc.Arbitrary<infer T> ? T : never) =>
    JSON.stringify(single ? [aibotid, 1, userid, corpid] : group === 'shared' ? [aibotid, 2, chatid] : [aibotid, 3, chatid, userid, corpid])
  fc.assert(fc.property(conversation, conversation, (a, b) => {
    expect(keyOf(a) === keyOf(b)).toBe(nameOf(a) === nameOf(b))
  }), { numRuns: 5_000, seed: 26 })
})
