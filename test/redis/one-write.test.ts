import { randomUUID } from 'node:crypto'
import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Attempt, AttemptStore } from '../../src/delivery/attempts.js'
import { redisStore } from '../../src/redis/index.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'

const done = { state: 'done', reply: 'r' } as const
const ten = Array.from({ length: 10 })

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

/** A store whose scripts Redis knows, and how often its client has written to its connection. */
async function watched (): Promise<{ store: AttemptStore, client: Redis, writes: () => number }> {
  const client = server.connect()
  const store = redisStore({ client })
  onTestFinished(async () => {
    await store.close?.()
    client.disconnect()
  })
  await owned(await attach(store)).settle(done)
  const spies = [vi.spyOn(client.stream, '_write'), vi.spyOn(client.stream, '_writev')]
  return { store, client, writes: () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0) }
}

async function attach (store: AttemptStore): Promise<Attempt> {
  return await store.attach(randomUUID(), { keepUntil: Date.now() + 60_000, warn () {} })
}

test('what is sent in one turn of the event loop leaves in one write, a command of the app among it', async () => {
  const { store, client, writes } = await watched()
  const attaching = ten.map(async () => await attach(store))
  const ping = client.ping()
  await endOfTurn()
  expect(writes()).toBe(1)
  const attempts = await Promise.all(attaching)
  expect(await ping).toBe('PONG')
  // What else follows from an answer has been written by then.
  await endOfTurn()
  const before = writes()
  const settling = attempts.map(async attempt => await owned(attempt).settle(done))
  await endOfTurn()
  expect(writes() - before).toBe(1)
  expect(await Promise.all(settling)).toEqual(ten.map(() => done))
})

test('a command is answered whose client is told to quit in the same turn', async () => {
  const { store, client } = await watched()
  const attaching = attach(store)
  await client.quit()
  expect((await attaching).number).toBe(1)
})

test('a command does not hang whose client is disconnected in the same turn', async () => {
  const { store, client } = await watched()
  const attaching = attach(store)
  client.disconnect()
  expect(['answered', 'Error: Connection is closed.']).toContain(await attaching.then(() => 'answered', String))
})
