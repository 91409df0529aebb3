import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { text } from '../../src/index.js'
import { redisStore } from '../../src/redis/index.js'
import { contactEvent, post, replyOf, textMessage } from '../delivery/wecom.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listen } from '../support/server.js'

const settings = newSettings()
let redis: RedisServer
beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

async function serve (onStoreError: 'handle' | 'refuse', takes: () => Promise<unknown>) {
  const client = redis.connect({ maxRetriesPerRequest: 1 })
  const server = await listen({ credentials: settings, store: redisStore({ client, lease: 1_000, onStoreError, prefix: `${Math.random()}:` }), reply: async () => { await takes(); return text('yes') } })
  onTestFinished(async () => {
    redis.resume()
    await redis.start()
    await server.close()
  })
  const send = async (message: string, timeout = 5_000) => {
    const { query, body } = signMessage(settings, message)
    return await post(`http://127.0.0.1:${server.port}/wecom`, query, body, timeout)
  }
  return { server, send }
}

test.each([
  ['handle', 'hangs'], ['refuse', 'hangs'], ['handle', 'is killed and comes back empty'], ['refuse', 'is killed and comes back empty'], ['handle', 'is full'], ['refuse', 'is full']
] as const)('Redis away at the end of a handler: its process runs the message once (onStoreError %s, Redis %s)', async (onStoreError, fault) => {
  let end = (): void => {}
  const ends = new Promise<void>(resolve => { end = resolve })
  const { server, send } = await serve(onStoreError, async () => { await ends })
  const admin = redis.connect()
  const first = send(textMessage('1'))
  await expect.poll(() => server.seen.length).toBe(1)
  if (fault === 'hangs') redis.pause()
  else if (fault === 'is full') await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
  else await redis.kill()
  end()
  expect(replyOf(settings, await first)).toContain('yes')
  const during = await send(textMessage('1'))
  if (fault === 'hangs') redis.resume()
  else if (fault === 'is full') await admin.config('SET', 'maxmemory', '0')
  else await redis.start()
  if (onStoreError === 'handle') expect(replyOf(settings, during)).toContain('yes')
  else expect(during.status).toBe(503)
  await sleep(1_500)
  expect(replyOf(settings, await send(textMessage('1')))).toContain('yes')
  expect(server.seen).toHaveLength(1)
}, 20_000)

test('one store in two servers survives the closing of one', async () => {
  const store = redisStore({ client: redis.connect() })
  const [one, other] = [await listen({ credentials: settings, store }), await listen({ credentials: settings, store, reply: () => text('yes') })]
  await one.close()
  const { query, body } = signMessage(settings, textMessage('shared'))
  expect(replyOf(settings, await post(`http://127.0.0.1:${other.port}/wecom`, query, body))).toContain('yes')
  expect(other.log.filter(({ level }) => level >= 40)).toEqual([])
  await other.close()
  await expect(store.attach('x', { keepUntil: 0, warn () {} })).rejects.toThrow('closed')
})

test('a message acknowledged while Redis is away is not handled again by its process', async () => {
  const { server, send } = await serve('handle', async () => { await sleep(1_200) })
  const notice = '<xml><SuiteId>s</SuiteId><AuthCode>c</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>'
  redis.pause()
  expect((await send(notice)).body).toBe('success')
  await sleep(700)
  redis.resume()
  await sleep(500)
  expect((await send(notice)).body).toBe('success')
  expect((await send(contactEvent('x'))).status).toBe(200)
  expect(server.seen).toHaveLength(2)
}, 15_000)
