import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import Fastify, { type FastifyInstance } from 'fastify'
import wecom, { createRouter, type ClickEvent, type MessageKey, type TextMessage } from '../../src/index.js'
import { newCredentials, sample, sampleKeys, wecomClient, withClock } from '../../src/testing/index.js'
import { entries } from '../message/independent.js'

const credentials = newCredentials()
let app: FastifyInstance
let seen: { kind: string, message: unknown } | undefined
let plaintext = ''

beforeAll(async () => {
  const router = createRouter()
  for (const key of sampleKeys) {
    router.on(key, (message, context) => {
      seen = { kind: context.kind, message }
      plaintext = context.plaintext
    })
  }
  app = Fastify()
  await app.register(wecom, { path: '/wecom', credentials, handler: router })
})
afterAll(async () => { await app.close() })

test('there is a sample of every kind of the catalogue', () => {
  expect([...sampleKeys].sort()).toEqual([...new Set(entries.map(({ key }) => key))].sort())
})

test.each(sampleKeys)('%s reaches the handler of its key as the object that sample() gave', async key => {
  seen = undefined
  const message = sample(key)
  const reply = await wecomClient({ credentials, app, path: '/wecom' }).send(message)
  expect(reply.status).toBe(200)
  expect(seen).toEqual({ kind: key, message })
})

test('a group robot speaks JSON in snake case', async () => {
  const { body } = wecomClient({ credentials, app, path: '/wecom' }).seal(sample('groupbot.text'), { format: 'json' })
  expect(body).toMatch(/^\{"encrypt"/)
  await wecomClient({ credentials, app, path: '/wecom' }).send(sample('groupbot.text'), { format: 'json' })
  expect(seen?.kind).toBe('groupbot.text')
  expect(JSON.parse(plaintext)).toHaveProperty('webhook_url')
  expect(seen?.message).toHaveProperty('WebhookUrl')
})

test('overrides are merged into objects, replace the rest, and take fields away', () => {
  const message = sample('aibot.text', { text: { content: 'hi' }, from: { corpid: 'ww1' }, quote: undefined })
  expect(message).toMatchObject({ text: { content: 'hi' }, from: { userid: 'zhangsan', corpid: 'ww1' } })
  expect(message).not.toHaveProperty('quote')
  expect(sample('event.click', { EventKey: 'x' }).EventKey).toBe('x')
})

test('overrides and results are typed', () => {
  expectTypeOf(sample('text')).toEqualTypeOf<TextMessage>()
  expectTypeOf(sample('event.click', { EventKey: 'x' })).toEqualTypeOf<ClickEvent>()
  // @ts-expect-error a field that a click does not have
  sample('event.click', { Content: 'x' })
  // @ts-expect-error no such kind
  expect(() => sample('event.clack')).toThrow(/expected a key of docs\/messages.md/)
  expect(() => sample('click' as MessageKey)).toThrow(/Did you mean 'event.click'/)
})

test('every layout of a kind can be had', () => {
  const cards = [0, 1, 2, 3].map(variant => JSON.stringify({ ...sample('aibot.event.template_card_event', {}, variant), msgid: '', create_time: 0 }))
  expect(new Set(cards).size).toBe(4)
  expect(() => sample('text', {}, 1)).toThrow(RangeError)
})

test('no two samples are duplicates of each other in the eyes of a server', () => {
  expect(sample('text').MsgId).not.toBe(sample('text').MsgId)
  expect(sample('text').MsgId).toMatch(/^\d{19}$/)
  expect(sample('aibot.text').msgid).not.toBe(sample('aibot.text').msgid)
  const times = Array.from({ length: 5 }, () => sample('event.click').CreateTime)
  expect(new Set(times).size).toBe(5)
})

test('however many messages with an id are made, none comes from the future', () => {
  for (const key of ['text', 'aibot.text', 'groupbot.text'] as const) {
    for (let made = 0; made < 20; made++) {
      const { CreateTime, create_time: createTime } = sample(key) as { CreateTime?: number, create_time?: number }
      expect(CreateTime ?? createTime ?? 0).toBeLessThanOrEqual(Date.now() / 1000)
    }
  }
})

test('a sample has the time of the clock', async () => {
  await withClock('2030-01-01T00:00:00Z', clock => {
    expect(sample('event.view').CreateTime).toBe(1_893_456_000)
    clock.advance(60_000)
    expect(sample('event.view').CreateTime).toBe(1_893_456_060)
  })
  expect(Math.abs(sample('event.view').CreateTime - Date.now() / 1000)).toBeLessThan(5)
})
