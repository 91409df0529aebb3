import Fastify from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import wecom, { createRouter } from '../../src/index.js'
import type { InboxContext } from '../../src/bullmq/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { newSettings, signMessage } from '../support/requests.js'
import { contactMessage, eventually, openInbox, startWorker, textMessage } from './support.js'

let redis: RedisServer

beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

test('the plugin acknowledges what Redis has taken, a worker handles it once; what the inbox does not accept is answered at once', async () => {
  const settings = newSettings()
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  await app.register(wecom, { path: '/wecom', credentials: { ...settings, name: 'contacts' }, inbox: openInbox(redis), handler: async () => ({ MsgType: 'text', Content: 'hi' }) })
  const post = async (plaintext: string) => {
    const { query, body } = signMessage(settings, plaintext)
    return await app.inject({ method: 'POST', url: '/wecom', query, body, headers: { 'content-type': 'text/xml' } })
  }
  const { plaintext, kind } = contactMessage('zhangsan', '张三')

  const answers = await Promise.all([post(plaintext), post(plaintext)])
  expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual([[200, ''], [200, '']])
  const seen: InboxContext[] = []
  const { outcomes } = startWorker(redis, (_message, context) => { seen.push(context) })
  await eventually(() => outcomes.length, count => count === 1)
  expect(seen).toMatchObject([{ kind, plaintext, format: 'xml', envelopeFormat: 'xml', receiveId: settings.receiveId, credentialName: 'contacts', attempt: 1 }])
  expect(seen[0]?.query).toHaveProperty('msg_signature')

  const answer = await post(textMessage('1', 'hello').plaintext)
  expect(answer.body).toContain('<Encrypt>')

  await redis.kill()
  const startedAt = Date.now()
  const refused = await post(contactMessage('lisi').plaintext)
  expect(refused.statusCode).toBe(503)
  // A second, and what a busy machine adds: while WeCom waits.
  expect(Date.now() - startedAt).toBeLessThan(4_000)
  await redis.start()
  await eventually(async () => (await post(contactMessage('lisi').plaintext)).statusCode, status => status === 200)
  await eventually(() => outcomes.length, count => count === 2)
})

test('a change of contacts that is not known yet is queued, and reaches the handler of its family in the worker; a wholly new event is handled at once', async () => {
  const settings = newSettings()
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  const atOnce: string[] = []
  await app.register(wecom, { path: '/wecom', credentials: settings, inbox: openInbox(redis, { queueName: 'families' }), handler: ({ wecomMessage }) => { atOnce.push(String(wecomMessage.Event)) } })
  const later: unknown[] = []
  const router = createRouter<InboxContext>().on('event.change_contact', ({ ChangeType }, { kind }) => { later.push([kind, ChangeType]) })
  const { outcomes } = startWorker(redis, router, { queueName: 'families' })
  const created = contactMessage('zhangsan').plaintext
  for (const plaintext of [created.replace('create_user', 'freeze_user'), created.replace('change_contact', 'new_event')]) {
    const { query, body } = signMessage(settings, plaintext)
    expect(await app.inject({ method: 'POST', url: '/wecom', query, body, headers: { 'content-type': 'text/xml' } })).toMatchObject({ statusCode: 200, body: '' })
  }
  await eventually(() => outcomes.length, count => count === 1)
  expect({ atOnce, later }).toEqual({ atOnce: ['new_event'], later: [['unknown', 'freeze_user']] })
})
