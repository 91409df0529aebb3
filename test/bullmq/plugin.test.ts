import Fastify from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import wecom from '../../src/index.js'
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
  expect(Date.now() - startedAt).toBeLessThan(1_500)
  await redis.start()
  await eventually(async () => (await post(contactMessage('lisi').plaintext)).statusCode, status => status === 200)
  await eventually(() => outcomes.length, count => count === 2)
})
