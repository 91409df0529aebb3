import { expect, expectTypeOf, test } from 'vitest'
import { createRouter, mediaOf, type AibotMessage, type MediaRef } from '../../src/index.js'
import { sample, sampleKeys } from '../../src/testing/index.js'

const from = { userid: 'zhangsan' }
const base = { msgid: 'm', aibotid: 'aib', chattype: 'single', from }

test.each(['image', 'file', 'video'] as const)('the %s of a message is one reference', msgtype => {
  const message = { ...base, msgtype, [msgtype]: { url: `https://media/${msgtype}` } } as unknown as AibotMessage
  expect(mediaOf(message)).toEqual([{ type: msgtype, url: `https://media/${msgtype}`, quoted: false }])
})

test('the pictures of a mixed message come in order, those of its quote last, each with its own key', () => {
  const picture = (url: string, aeskey?: string) => ({ msgtype: 'image', image: { url, ...(aeskey === undefined ? {} : { aeskey }) } })
  const message = {
    ...base,
    msgtype: 'mixed',
    quote: { msgtype: 'mixed', mixed: { msg_item: [picture('q1', 'k2'), { msgtype: 'text', text: { content: 'q' } }] } },
    mixed: { msg_item: [{ msgtype: 'text', text: { content: 'a' } }, picture('1'), { msgtype: 'text', text: { content: 'b' } }, picture('2', 'k')] }
  } as AibotMessage
  expect(mediaOf(message)).toEqual([
    { type: 'image', url: '1', quoted: false }, { type: 'image', url: '2', aeskey: 'k', quoted: false },
    { type: 'image', url: 'q1', aeskey: 'k2', quoted: true }
  ])
})

test.each(['image', 'file', 'video'] as const)('a quoted %s is found behind a text', msgtype => {
  const message = { ...base, msgtype: 'text', text: { content: '这是什么' }, quote: { msgtype, [msgtype]: { url: 'u' } } } as unknown as AibotMessage
  expect(mediaOf(message)).toEqual([{ type: msgtype, url: 'u', quoted: true }])
})

test('every other sample of a bot has none', () => {
  const keys = sampleKeys.filter(key => key.startsWith('aibot.') && !/image|mixed|file|video/.test(key))
  expect(keys.length).toBeGreaterThan(5)
  for (const key of keys) expect(mediaOf(sample(key) as AibotMessage), key).toEqual([])
})

test.each<[string, unknown]>([
  ['no content', { ...base, msgtype: 'image' }],
  ['a url that is no text', { ...base, msgtype: 'image', image: { url: 7 } }],
  ['an empty url', { ...base, msgtype: 'image', image: { url: '' } }],
  ['items that are none', { ...base, msgtype: 'mixed', mixed: { msg_item: 'x' } }],
  ['items of null', { ...base, msgtype: 'mixed', mixed: { msg_item: [null, 3, { msgtype: 'mixed', mixed: { msg_item: [] } }] } }],
  ['a type from the prototype', { ...base, msgtype: 'constructor' }],
  ['a quote of null', { ...base, msgtype: 'text', text: { content: '' }, quote: null }]
])('a message with %s has none', (_, message) => {
  expect(mediaOf(message as AibotMessage)).toEqual([])
})

test('handlers of a kind and of a prefix give their message as it is', () => {
  createRouter().on('aibot', message => { expectTypeOf(mediaOf(message)).toEqualTypeOf<readonly MediaRef[]>() })
    .on('aibot.image', message => { mediaOf(message) })
})
