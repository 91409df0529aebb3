import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Attempt } from '../../src/delivery/attempts.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open, timed, type OpenStore } from './open.js'
import { startRelay } from './relay.js'

const done = { state: 'done', reply: 'r' } as const
/** Its first renewal, and the first look of those who wait, are later than anything here. */
const long = { lease: 15_000 }
/** Whoever has the outcome so soon was told. */
const atOnce = 2_500

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

const outcomes = async (attempts: Attempt[]): Promise<unknown[]> => await Promise.all(attempts.map(async ({ outcome }) => await outcome))

/** What Redis runs meanwhile: scripts, messages, and reads and writes of a run. */
async function counted (work: () => Promise<unknown>): Promise<{ scripts: number, messages: number, reads: number, writes: number }> {
  const before = await server.calls()
  await work()
  const after = await server.calls()
  const added = (...names: string[]): number => names.reduce((sum, name) => sum + (after[name] ?? 0) - (before[name] ?? 0), 0)
  return { scripts: added('eval', 'evalsha'), messages: added('publish'), reads: added('get', 'pttl'), writes: added('set') }
}

/** Both have used their scripts and listen. */
async function warmUp (...stores: OpenStore[]): Promise<void> {
  await warmUpAt('wecom:runs', ...stores)
}

async function warmUpAt (channel: string, ...stores: OpenStore[]): Promise<void> {
  const key = randomUUID()
  const attempts: Attempt[] = []
  for (const store of stores) attempts.push(await store.attempt(key))
  const admin = server.connect()
  await expect.poll(async () => await admin.pubsub('NUMSUB', channel)).toEqual([channel, stores.length])
  admin.disconnect()
  await owned(attempts[0] as Attempt).settle(done)
  await outcomes(attempts)
}

test.each([done, { state: 'failed' }] as const)('those who wait elsewhere are woken at once when the run is $state, and ask Redis nothing until then', async settlement => {
  const [one, other, key] = [open(server, long), open(server, long), randomUUID()]
  await warmUp(one, other)
  const first = await one.attempt(key)
  const waiting = await Promise.all(Array.from({ length: 50 }, async () => await other.attempt(key)))
  expect((await counted(async () => { await sleep(1_000) })).scripts).toBe(0)
  await owned(first).settle(settlement)
  expect(await timed(async () => { expect(await outcomes(waiting)).toEqual(waiting.map(() => settlement)) })).toBeLessThan(atOnce)
})

test('whatever is in the prefix and in the key, those who wait elsewhere are woken', async () => {
  const prefix = '店 7\n%d:'
  const [one, other, key] = [open(server, { ...long, prefix }), open(server, { ...long, prefix }), ' ü 12\0\n:x']
  await warmUpAt(`${prefix}runs`, one, other)
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  await owned(first).settle(done)
  expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(atOnce)
  expect((await one.attempt(key)).number).toBe(3)
})

test('a large reply is fetched once for all who wait in a process', async () => {
  const [one, other, key] = [open(server, long), open(server, long), randomUUID()]
  await warmUp(one, other)
  const first = await one.attempt(key)
  const waiting = await Promise.all(Array.from({ length: 50 }, async () => await other.attempt(key)))
  const large = { state: 'done', reply: 'x'.repeat(2_000_000) } as const
  const count = await counted(async () => {
    await owned(first).settle(large)
    expect(await outcomes(waiting)).toEqual(waiting.map(() => large))
  })
  expect(count).toMatchObject({ scripts: 2, messages: 1 })
})

test('a run that nobody joined takes one write to begin, one script with one read and one write to end, and nobody is told', async () => {
  const store = open(server, long)
  await warmUp(store)
  const count = await counted(async () => {
    const attempt = await store.attempt(randomUUID())
    await owned(attempt).settle(done)
  })
  expect(count).toEqual({ scripts: 1, messages: 0, reads: 1, writes: 2 })
})

test('nor is anybody told where more has happened to it', async () => {
  const store = open(server, long)
  await warmUp(store)
  const { messages } = await counted(async () => {
    const attempt = await store.attempt(randomUUID())
    await attempt.acknowledge()
    await owned(attempt).settle(done)
  })
  expect(messages).toBe(0)
})

test('the owner hears of it when an attempt elsewhere has acknowledged', async () => {
  const [one, other, key] = [open(server, long), open(server, long), randomUUID()]
  await warmUp(one, other)
  const first = await one.attempt(key)
  await (await other.attempt(key)).acknowledge()
  expect(await timed(async () => { expect(await first.outcome).toEqual({ state: 'acknowledged' }) })).toBeLessThan(atOnce)
})

test('the first attempt of a process is woken as well, although it does not listen yet', async () => {
  const one = open(server, long)
  for (let round = 0; round < 10; round++) {
    const [other, key] = [open(server, long), randomUUID()]
    const first = await one.attempt(key)
    const joined = await other.attempt(key)
    await owned(first).settle(done)
    expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(atOnce)
  }
})

test('a message that was sent while the connection was broken is made up for when it listens again', async () => {
  const relay = await startRelay(server.port)
  const [one, other, key] = [open(server, long), open(server, long, { port: relay.port }), randomUUID()]
  await warmUp(one, other)
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  relay.breakAll()
  await owned(first).settle(done)
  expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(2 * atOnce)
})

test('a connection that silently hears nothing costs the rest of the lease once, and is made anew', async () => {
  const lease = 1_500
  const relay = await startRelay(server.port)
  const [one, other] = [open(server, { lease }), open(server, { lease }, { port: relay.port })]
  await warmUp(one, other)
  const wakeAfter = async (): Promise<number> => {
    const key = randomUUID()
    const first = await one.attempt(key)
    const joined = await other.attempt(key)
    await owned(first).settle(done)
    return await timed(async () => { expect(await joined.outcome).toEqual(done) })
  }
  // The connection that listens is the second one that the store's client makes.
  relay.silence(1)
  expect(await wakeAfter()).toSatisfy(ms => ms > lease / 2 && ms < lease + 1_500)
  await expect.poll(() => relay.connections(), { timeout: 5_000 }).toBe(3)
  await expect.poll(wakeAfter, { timeout: 10_000 }).toBeLessThan(lease / 2)
})

test('a user whom Redis lets neither listen nor publish gets the outcome at the end of the lease, and is warned', async () => {
  const admin = server.connect()
  await admin.acl('SETUSER', 'deaf', 'on', 'nopass', '~*', '+@all', 'resetchannels')
  const lease = 400
  const stores = [open(server, { lease }, { username: 'deaf', password: 'x' }), open(server, { lease }, { username: 'deaf', password: 'x' })] as const
  const key = randomUUID()
  const first = await stores[0].attempt(key)
  const joined = await stores[1].attempt(key)
  expect(await owned(first).settle(done)).toEqual(done)
  expect(await timed(async () => { expect(await joined.outcome).toEqual(done) })).toBeLessThan(lease + 2_000)
  expect(stores[1].warnings.join()).toContain('NOPERM')
})
