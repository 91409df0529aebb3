import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open } from './open.js'

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

const day = 24 * 60 * 60 * 1_000

test.each([
  ['its time', 600_000, 600_000],
  ['at least the minute in which WeCom may try again', 1_000, 60_000],
  ['at least that minute where its time is over', -5_000, 60_000],
  ['at most 30 days', Infinity, 30 * day]
])('a decided run is remembered for %s', async (_name, keepFor, ttl) => {
  const [store, client] = [open(server), server.connect()]
  for (const settlement of [{ state: 'done', reply: 'r' }, { state: 'failed' }] as const) {
    const key = randomUUID()
    await owned(await store.attempt(key, keepFor)).settle(settlement)
    expect(await client.pttl(`wecom:run:${key}`)).toSatisfy(left => left > ttl - 2_000 && left <= ttl)
  }
})

test('a further attempt prolongs what is remembered and never shortens it', async () => {
  const [store, client, key] = [open(server), server.connect(), randomUUID()]
  await owned(await store.attempt(key, 100_000)).settle({ state: 'done', reply: 'r' })
  await store.attempt(key, 400_000)
  await store.attempt(key, 200_000)
  expect(await client.pttl(`wecom:run:${key}`)).toBeGreaterThan(390_000)
})

test('10 000 runs, however they end, leave one key each, and each of them goes', async () => {
  const store = open(server, { prefix: 'many:' })
  const ends = ['done', 'failed', 'acknowledged', 'running'] as const
  const keys = Array.from({ length: 10_000 }, () => randomUUID())
  for (let start = 0; start < keys.length; start += 500) {
    await Promise.all(keys.slice(start, start + 500).map(async (key, index) => {
      const attempt = await store.attempt(key, 120_000)
      const end = ends[index % ends.length]
      if (end === 'acknowledged') await attempt.acknowledge()
      else if (end !== 'running') await owned(attempt).settle(end === 'done' ? { state: 'done', reply: 'r' } : { state: 'failed' })
    }))
  }
  await store.close()
  const client = server.connect()
  const found = await client.keys('many:*')
  expect(found.sort()).toEqual(keys.map(key => `many:run:${key}`).sort())
  const left = await Promise.all(found.map(async key => await client.pttl(key)))
  expect(Math.min(...left)).toBeGreaterThan(60_000)
  expect(Math.max(...left)).toBeLessThanOrEqual(120_000)
})

test('stores with different prefixes, or on clients with different prefixes, know nothing of each other', async () => {
  const stores = [open(server), open(server, { prefix: 'b:' }), open(server, {}, { keyPrefix: 'c:' }), open(server, {}, { db: 1 })]
  const key = randomUUID()
  for (const store of stores) expect((await store.attempt(key)).run).toBeDefined()
})

test('clients of every kind will do: RESP2, RESP3, numbers as text, automatic pipelining', async () => {
  const kinds = [{ protocol: 2 }, { protocol: 3, replyMapping: 'resp3' }, { stringNumbers: true }, { enableAutoPipelining: true }] as const
  for (const kind of kinds) {
    const [one, other, key] = [open(server, {}, kind), open(server, {}, kind), randomUUID()]
    const first = await one.attempt(key)
    const joined = await other.attempt(key)
    expect([first.number, joined.number]).toEqual([1, 2])
    await owned(first).settle({ state: 'done', reply: 'r' })
    expect(await joined.outcome).toEqual({ state: 'done', reply: 'r' })
  }
})
