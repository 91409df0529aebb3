import { describe, expect, test } from 'vitest'
import { createRouter, text, type GroupbotMessage } from '../../src/index.js'
import { parseMessage } from '../../src/message/parse.js'
import { appWith, send } from './callback.ts'
import { entries, expectedOf } from './independent.ts'

/** The same message as a robot with robot_callback_format=json would send it: `WebhookUrl` is `webhook_url`. */
function spelled (value: unknown, spell: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map(item => spelled(item, spell))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [spell(name), spelled(inner, spell)]))
}
const snake = (name: string): string => name.replace(/\B[A-Z]/g, '_$&').toLowerCase()
const SPELLINGS: Array<[name: string, spell: (name: string) => string]> = [
  ['lower snake case', snake],
  ['snake case but msgtype, msgid and chattype', name => /^(MsgType|MsgId|ChatType|ChatId|EventType)$/.test(name) ? name.toLowerCase() : snake(name)]
]

const samples = entries.filter(({ category }) => category === 'groupbot').flatMap(entry => entry.samples.map(({ xml }) => ({ key: entry.key, message: expectedOf(entry, xml as string) })))

describe.each(SPELLINGS)('a group robot that speaks JSON in %s', (_, spell) => {
  test.each(samples)('$key: the message has the names of its interface', ({ key, message }) => {
    const plaintext = JSON.stringify(spelled(message, spell))
    expect(plaintext).not.toMatch(/"[A-Z]\w*":/)
    expect(parseMessage(plaintext)).toStrictEqual({ message, kind: { product: 'groupbot', key }, format: 'json' })
  })
})

test('there is a sample of every kind of message', () => {
  expect(samples.map(({ key }) => key)).toEqual(['groupbot.text', 'groupbot.image', 'groupbot.attachment', 'groupbot.mixed', 'groupbot.event.add_to_chat', 'groupbot.event.delete_from_chat', 'groupbot.event.enter_chat', 'groupbot.command'])
})

test('identifiers are text, lists are arrays, and names are WeCom\'s in them too', () => {
  expect(parseMessage('{"chat_type":"group","msg_type":" mixed ","msg_id":12345678901234567890,"from":{"user_id":7},"mixed_message":{"msg_item":{"msg_type":" text","text":{"content":"a"}}}}').message)
    .toStrictEqual({ ChatType: 'group', MsgType: 'mixed', MsgId: '12345678901234567890', From: { UserId: '7' }, MixedMessage: { MsgItem: [{ MsgType: 'text', Text: { Content: 'a' } }] } })
  expect(parseMessage('{"webhook_url":"w","msgtype":"attachment","attachment":{"callback_id":1,"actions":[{"name":"a"},{"name":"b"}]}}').message)
    .toStrictEqual({ WebhookUrl: 'w', MsgType: 'attachment', Attachment: { CallbackId: '1', Actions: [{ Name: 'a' }, { Name: 'b' }] } })
})

test('what is not known stays as sent, and so does a second spelling of one field', () => {
  expect(parseMessage('{"webhook_url":"w","msgtype":"text","text":{"content":"a","new_field":{"user_id":1}},"some_thing":[{"msg_id":2}],"msg_type":"image","MsgId":"3","msgid":"4","from":{"userid":"u","user_id":"v"}}').message)
    .toStrictEqual({ WebhookUrl: 'w', MsgType: 'text', Text: { Content: 'a', new_field: { user_id: 1 } }, some_thing: [{ msg_id: 2 }], msg_type: 'image', MsgId: '3', msgid: '4', From: { UserId: 'u', user_id: 'v' } })
})

test('only a group robot\'s names change', () => {
  expect(parseMessage('{"ToUserName":"ww","MsgType":"text","chat_id":"c","msg_id":1}').message).toStrictEqual({ ToUserName: 'ww', MsgType: 'text', chat_id: 'c', msg_id: 1 })
  expect(parseMessage('{"aibotid":"a","msgtype":"text","msg_id":1,"text":{"content":"x"}}').message).toStrictEqual({ aibotid: 'a', msgtype: 'text', msg_id: 1, text: { content: 'x' } })
})

test('a typed handler works, and the plaintext is what was sent', async () => {
  const plaintext = '{"webhook_url":"w","msgid":"1","chat_id":"c","chattype":"group","from":{"userid":"u"},"msgtype":"text","text":{"content":"hi"}}'
  let seen: { message: GroupbotMessage, plaintext: string } | undefined
  const app = await appWith(createRouter().on('groupbot.text', (message, context) => {
    seen = { message, plaintext: context.plaintext }
    return text(message.Text.Content)
  }))
  const { statusCode, body } = await send(app, plaintext, 'json')
  expect({ statusCode, seen, encrypted: /"encrypt":/.test(body) }).toEqual({ statusCode: 200, encrypted: true, seen: { plaintext, message: { WebhookUrl: 'w', MsgId: '1', ChatId: 'c', ChatType: 'group', From: { UserId: 'u' }, MsgType: 'text', Text: { Content: 'hi' } } } })
  await app.close()
})
