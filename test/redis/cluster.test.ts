import { randomUUID } from 'node:crypto'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { redisStore, redisStreams } from '../../src/redis/index.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { ended, newKey, newStream, running } from '../streams/store-contract.js'
import { attach, owned } from '../support/store-contract.js'
import { timed } from './open.js'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
  const admin = server.connect()
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await vi.waitFor(async () => { expect(await admin.call('CLUSTER', 'INFO')).toContain('cluster_state:ok') }, { timeout: 10_000, interval: 100 })
})
afterAll(async () => { await server.stop() })

test('a client of a cluster will do', async () => {
  const clients = [1, 2].map(() => new Cluster([{ host: '127.0.0.1', port: server.port }]))
  const [one, other] = clients.map(client => redisStore({ client })) as [ReturnType<typeof redisStore>, ReturnType<typeof redisStore>]
  const done = { state: 'done', reply: 'r' } as const
  for (let round = 0; round < 5; round++) {
    const key = randomUUID()
    const first = await attach(one, key)
    const joined = await attach(other, key)
    expect(joined.run).toBeUndefined()
    await owned(first).settle(done)
    // Not at the end of the lease of five seconds.
    expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(2_500)
  }
  await one.close?.()
  await other.close?.()
  for (const client of clients) {
    expect(client.status).toBe('ready')
    client.disconnect()
  }
})

test('streams live on a client of a cluster as well, each step on one key', async () => {
  const clients = [1, 2].map(() => new Cluster([{ host: '127.0.0.1', port: server.port }]))
  const [one, other] = clients.map(client => redisStreams({ client, flushEvery: 10, lease: 300 })) as [ReturnType<typeof redisStreams>, ReturnType<typeof redisStreams>]
  const [key, stream, final] = [newKey(), newStream(), 'i'.repeat(10_000)]
  const { token } = stream
  expect(await one.begin(key, stream)).toEqual(running(token, ''))
  expect(await one.write(key, { token, offset: 0, text: 'abc' })).toEqual({ state: 'running', bytes: 3 })
  expect(await other.poll(key, '')).toEqual(running(token, 'abc'))
  const view = ended(token, 'abcd', 'done', { final })
  expect(await one.end(key, { token, offset: 3, text: 'd', cause: 'done', final })).toEqual({ state: 'ended', view })
  expect([await one.poll(key, ''), await other.poll(key, '')]).toEqual([view, view])
  await one.begin(newKey(), newStream({ conversation: stream.conversation }))
  expect(await other.stop(stream.conversation, '')).toBe(1)
  expect([await one.claim('name'), await other.claim('name')]).toEqual([true, false])
  await one.close?.()
  await other.close?.()
  for (const client of clients) client.disconnect()
})
