import { expect, test } from 'vitest'
import { createRouter, stream, text } from '../../src/index.js'
import { isReplyValue } from '../../src/reply/compose.js'
import { takesStream } from '../../src/reply/stream-reply.js'
import { createReceiver } from '../../src/receiver/index.js'
import { compose, refusal } from './compose.js'
import { newSettings, signMessage } from '../support/requests.js'

const TAKEN = ['aibot.text', 'aibot.mixed', 'aibot.image', 'aibot.voice', 'aibot.file', 'aibot.video']

test('stream() answers the messages of bots, and neither their polls nor their events', () => {
  const others = ['aibot.stream', 'aibot.event.enter_chat', 'aibot.event.template_card_event', 'text', 'event.click', 'groupbot.text']
  expect([...TAKEN, ...others].filter(key => takesStream(key))).toEqual(TAKEN)
})

test.each(TAKEN)('a stream for %s where no store keeps streams is refused: the text says where it can be used', key => {
  expect(refusal(stream('secret'), key)).toMatch(/^expected stream\(\) in a handler of the Fastify plugin, the Express middleware or the node:http listener, which answer the polls for it, got it where no store keeps streams\. Elsewhere.*text\('…'\)/)
})

test.each(['aibot.stream', 'aibot.event.enter_chat', 'aibot.event.template_card_event'])('a stream for %s is refused', key => {
  expect(refusal(stream('secret'), key)).toMatch(new RegExp(`^expected stream\\(\\) as the answer to a bot's message, as of aibot\\.text, got it for ${key}\\. `))
})

test.each(['text', 'event.click', 'groupbot.text'])('a stream for %s is refused, as it is for bots', key => {
  expect(refusal(stream('secret'), key)).toContain(`got it for ${key}. stream() is for bots`)
})

test('a stream where WeCom takes no reply is ignored with a warning, as any reply is', () => {
  const warnings: string[] = []
  expect(compose(stream('secret'), 'aibot.event.feedback_event', warning => { warnings.push(warning) })).toBe('')
  expect(warnings).toEqual([expect.stringMatching(/^a reply to a message of kind aibot\.event\.feedback_event was ignored/)])
})

test('a value of stream() is known as a reply', () => {
  expect([stream('a'), text('a'), {}, 'a'].map(isReplyValue)).toEqual([true, true, false, false])
})

test('a receiver refuses a stream, which nobody would answer the polls for', async () => {
  const settings = newSettings('')
  const plaintext = JSON.stringify({ msgid: 'm', aibotid: 'b', chattype: 'single', from: { userid: 'u' }, msgtype: 'text', text: { content: 'x' } })
  const receiver = createReceiver({ credentials: settings })
  const callback = await receiver.receive(signMessage(settings, plaintext, 'json'))
  const router = createRouter().on('aibot.text', () => stream('a'))
  const reply = await router.handle(callback.message, callback as never)
  expect(() => receiver.answer(callback, reply)).toThrow(expect.objectContaining({ code: 'WECOM_REPLY_INVALID' }))
})
