import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { redisStore } from '../../src/redis/index.js'
import type { RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open, timed } from './open.js'
import { useMortalRedis } from './outages.js'
import { fieldsOf } from './run.js'

const lease = 600
const done = { state: 'done', reply: 'r' } as const
/** A client that gives up soon, as one does that would rather go on without Redis. */
const impatient = { maxRetriesPerRequest: 1 }
/** With the default lease of five seconds: whoever hears of it so soon was told. */
const beforeTheLeaseEnds = 2_500

let server: RedisServer
useMortalRedis(started => { server = started })

test('Redis killed, and back with nothing in it: the run is known again at once, and those who wait elsewhere get its reply', async () => {
  // So long a lease that no renewal is due within the test.
  const [one, other, key] = [open(server, { lease: 15_000 }), open(server, { lease: 15_000 }), randomUUID()]
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  await server.kill()
  await sleep(100)
  await server.start()
  await expect.poll(async () => await server.connect().exists(`wecom:run:${key}`), { timeout: 5_000 }).toBe(1)
  const late = await other.attempt(key)
  expect([late.number, late.run]).toEqual([2, undefined])
  expect(await owned(first).settle(done)).toEqual(done)
  expect([await joined.outcome, await late.outcome]).toEqual([done, done])
})

test('Redis back with nothing in it just as the handler ends: the reply is kept', async () => {
  const [one, other, key] = [open(server), open(server), randomUUID()]
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  await server.connect().flushall()
  expect(await owned(first).settle(done)).toEqual(done)
  expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(beforeTheLeaseEnds)
  expect(await (await other.attempt(key)).outcome).toEqual(done)
})

test('Redis flushed just before the deadline: the run is acknowledged for its owner as well', async () => {
  const [one, other, key] = [open(server), open(server), randomUUID()]
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  await server.connect().flushall()
  expect(await joined.acknowledge()).toEqual({ state: 'acknowledged' })
  expect(await timed(async () => { expect(await first.outcome).toEqual({ state: 'acknowledged' }) })).toBeLessThan(beforeTheLeaseEnds)
  expect(await owned(first).settle(done)).toEqual({ state: 'acknowledged' })
})

test('Redis gone: everything rejects or waits, and goes on by itself when it is back', async () => {
  const [one, other, patient] = [open(server, { lease }, impatient), open(server, { lease }, impatient), open(server, { lease })]
  const keys = [randomUUID(), randomUUID(), randomUUID()] as const
  const running = await one.attempt(keys[0])
  const joined = await other.attempt(keys[0])
  await patient.attempt(randomUUID())
  await server.kill()
  await expect(one.attempt(keys[1])).rejects.toThrow()
  await expect(joined.acknowledge()).rejects.toThrow()
  const waiting = patient.attempt(keys[2])
  expect(await Promise.race([waiting, joined.outcome, sleep(2 * lease, 'open')])).toBe('open')
  await server.start()
  expect((await waiting).run).toBeDefined()
  // The client may give up once more before it is connected.
  await expect.poll(async () => (await one.attempt(keys[1])).run !== undefined, { timeout: 5_000 }).toBe(true)
  await owned(running).settle(done)
  expect(await joined.outcome).toEqual(done)
  expect(one.warnings.filter(line => line.includes('wakes waiting requests'))).toHaveLength(1)
})

test('a reply that Redis does not take still reaches those who wait in the same process', async () => {
  const [one, key] = [open(server, {}, impatient), randomUUID()]
  const first = await one.attempt(key)
  const joined = await one.attempt(key)
  await server.kill()
  await expect(owned(first).settle(done)).rejects.toThrow()
  expect([await first.outcome, await joined.outcome]).toEqual([done, done])
  await server.start()
})

test('Redis hanging for longer than the lease: everything waits, and goes on by itself; nothing runs twice', async () => {
  const [one, other, keys] = [open(server, { lease }), open(server, { lease }), [randomUUID(), randomUUID()] as const]
  const first = await one.attempt(keys[0])
  const joined = await other.attempt(keys[0])
  server.pause()
  const hanging = [other.attempt(keys[1]), joined.outcome]
  expect(await Promise.race([...hanging, sleep(2 * lease, 'open')])).toBe('open')
  // Sent first, and so the first to find that the lease has run out.
  const late = [other.attempt(keys[0]), one.attempt(keys[0]), other.attempt(keys[0])]
  server.resume()
  expect((await Promise.all(late)).map(({ run }) => run)).toEqual([undefined, undefined, undefined])
  expect(await Promise.race([joined.outcome, sleep(lease, 'open')])).toBe('open')
  await owned(first).settle(done)
  expect(await joined.outcome).toEqual(done)
  await hanging[0]
})

test('Redis hanging at shutdown does not hold it up', async () => {
  const [one, other, key] = [open(server), open(server), randomUUID()]
  await one.attempt(key)
  const joined = await other.attempt(key)
  server.pause()
  const took = await timed(async () => { await other.close() })
  server.resume()
  // Three seconds; a single step would wait for as long as Redis hangs.
  expect(took).toBeLessThan(5_500)
  expect(await joined.outcome).toEqual({ state: 'lost' })
  await expect(other.attempt(key)).rejects.toThrow('closed')
})

test('Redis gone at shutdown does not hold it up', async () => {
  const one = open(server)
  await one.attempt(randomUUID())
  await server.kill()
  await sleep(300)
  // A connection that is there is waited for, three seconds at most.
  expect(await timed(async () => { await one.close() })).toBeLessThan(2_500)
  await server.start()
})

test('Redis full: it takes all of a step or nothing, and goes on by itself', async () => {
  const [one, other, keys, admin] = [open(server), open(server), [randomUUID(), randomUUID()] as const, server.connect()]
  const first = await one.attempt(keys[0])
  const joined = await one.attempt(keys[0])
  await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
  await expect(one.attempt(keys[1])).rejects.toThrow('OOM')
  await expect(joined.acknowledge()).rejects.toThrow('OOM')
  await expect(owned(first).settle(done)).rejects.toThrow('OOM')
  expect(await joined.outcome).toEqual(done)
  expect(await admin.exists(`wecom:run:${keys[1]}`)).toBe(0)
  expect((await fieldsOf(admin, keys[0])).state).toBe('running')
  await admin.config('SET', 'maxmemory', '0')
  expect((await other.attempt(keys[1])).run).toBeDefined()
})

test('scripts that Redis has forgotten are sent again', async () => {
  const [one, key] = [open(server), randomUUID()]
  const first = await one.attempt(key)
  await one.attempt(key)
  await server.connect().script('FLUSH')
  expect((await one.attempt(key)).number).toBe(3)
  await owned(first).settle(done)
})

test('a client that its user has closed: every step rejects', async () => {
  const client = server.connect()
  const store = redisStore({ client })
  const attempt = await store.attach(randomUUID(), { keepUntil: 0, warn () {} })
  client.disconnect()
  await expect(store.attach(randomUUID(), { keepUntil: 0, warn () {} })).rejects.toThrow()
  await expect(owned(attempt).settle(done)).rejects.toThrow()
  await store.close?.()
})
