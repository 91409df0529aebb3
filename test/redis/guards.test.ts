import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open, timed } from './open.js'
import { changeRun, fieldsOf } from './run.js'

const lease = 300
const done = { state: 'done', reply: 'r' } as const
const acknowledged = { state: 'acknowledged' } as const

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

const fields = async (key: string): ReturnType<typeof fieldsOf> => {
  const client = server.connect()
  const found = await fieldsOf(client, key)
  client.disconnect()
  return found
}

test('an acknowledged run keeps its owner and its lease until the handler has ended', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  expect(await joined.acknowledge()).toEqual(acknowledged)
  const end = joined.watch?.()
  joined.detach()
  expect(await Promise.race([end, sleep(4 * lease, 'open')])).toBe('open')
  expect(await fields(key)).toMatchObject({ state: 'acknowledged', lease: expect.any(String) as string })
  expect(await owned(first).settle(done)).toEqual(acknowledged)
  expect(await end).toBe('ended')
  expect(Object.keys(await fields(key))).not.toContain('lease')
  const late = await other.attempt(key)
  expect([late.run, await late.outcome, await late.watch?.()]).toEqual([undefined, acknowledged, 'ended'])
})

test('who watches an acknowledged run is told when its handler has ended, not when the lease would be over', async () => {
  const [one, other, key] = [open(server, { lease: 15_000 }), open(server, { lease: 15_000 }), randomUUID()]
  const first = await one.attempt(key)
  const joined = await other.attempt(key)
  await joined.acknowledge()
  const end = joined.watch?.()
  joined.detach()
  await owned(first).settle(done)
  expect(await timed(async () => { expect(await end).toBe('ended') })).toBeLessThan(2_500)
})

test('where its owner has died, who watches is told, and takes it over as acknowledged; a retry gets the empty answer', async () => {
  const [one, other, third, key] = [open(server, { lease }), open(server, { lease }), open(server, { lease }), randomUUID()]
  await one.attempt(key)
  const joined = await other.attempt(key)
  await joined.acknowledge()
  const end = joined.watch?.()
  joined.detach()
  await one.close()
  const waited = await timed(async () => { expect(await end).toBe('lost') })
  // And what a busy machine adds.
  expect(waited).toBeLessThan(lease * 4 / 3 + 2_000)
  const again = await other.attempt(key)
  expect([again.run?.acknowledged, await again.outcome]).toEqual([true, acknowledged])
  const retry = await third.attempt(key)
  expect([retry.run, await retry.outcome]).toEqual([undefined, acknowledged])
  expect(await owned(again).settle(done)).toEqual(acknowledged)
})

test('a retry that finds an acknowledged run whose owner is dead runs the handler, and has its answer at once', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  await (await one.attempt(key)).acknowledge()
  await one.close()
  await sleep(lease + 50)
  // The first to ask lets a living owner speak up.
  expect((await other.attempt(key)).run).toBeUndefined()
  await sleep(lease / 3 + 50)
  const again = await other.attempt(key)
  expect([again.run?.acknowledged, await again.outcome]).toEqual([true, acknowledged])
})

test('what a run leaves behind is gone when another process takes it over', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  const client = server.connect()
  await one.attempt(key)
  await one.close()
  await changeRun(client, key, 'lease', 1, 'doubted', 1, 'joined', 1, 'reply', 'old', 'collected', 1)
  expect((await other.attempt(key)).run).toBeDefined()
  const left = Object.keys(await fields(key))
  for (const field of ['doubted', 'joined', 'reply', 'collected']) expect(left).not.toContain(field)
})

test('an owner that renews is not doubted any more', async () => {
  const [one, key] = [open(server, { lease }), randomUUID()]
  await one.attempt(key)
  await changeRun(server.connect(), key, 'doubted', 1)
  await expect.poll(async () => Object.keys(await fields(key))).not.toContain('doubted')
})

test('Redis emptied in the middle: an acknowledged run comes back acknowledged', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  const first = await one.attempt(key)
  await first.acknowledge()
  await server.connect().flushall()
  await expect.poll(async () => (await fields(key)).state, { timeout: 2_000 }).toBe('acknowledged')
  expect(await (await other.attempt(key)).outcome).toEqual(acknowledged)
  await server.connect().flushall()
  expect(await owned(first).settle(done)).toEqual(acknowledged)
})

test('an ending that Redis refuses is kept with its lease, and offered until Redis takes it', async () => {
  const [one, other, keys, admin] = [open(server, { lease }), open(server, { lease }), [randomUUID(), randomUUID()] as const, server.connect()]
  const first = await one.attempt(keys[0])
  const second = await one.attempt(keys[1])
  await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
  await expect(owned(first).settle(done)).rejects.toThrow('OOM')
  await expect(owned(second).settle({ state: 'failed' })).rejects.toThrow('OOM')
  await sleep(lease)
  await admin.config('SET', 'maxmemory', '0')
  await expect.poll(async () => [(await fields(keys[0])).state, (await fields(keys[1])).state], { timeout: 2_000 }).toEqual(['done', 'failed'])
  const late = await other.attempt(keys[0])
  expect([late.run, await late.outcome]).toEqual([undefined, done])
})

test('an attempt of the same process has the ending that Redis does not know yet', async () => {
  const [one, key, admin] = [open(server, { lease: 15_000 }), randomUUID(), server.connect()]
  const first = await one.attempt(key)
  await admin.config('SET', 'maxmemory', '1')
  await expect(owned(first).settle(done)).rejects.toThrow('OOM')
  await admin.config('SET', 'maxmemory', '0')
  const again = await one.attempt(key)
  expect([again.run, await again.outcome, await again.acknowledge()]).toEqual([undefined, done, done])
})

test('a settlement is collected by whoever comes for it, in whichever process, or is withdrawn', async () => {
  const [one, other] = [open(server), open(server)]
  const settle = async (how: 'nobody' | 'waited' | 'hung up' | 'came later'): Promise<[boolean | undefined, string]> => {
    const key = randomUUID()
    const first = await one.attempt(key)
    first.detach()
    const joined = how === 'waited' || how === 'hung up' ? await other.attempt(key) : undefined
    await owned(first).settle(done)
    await joined?.outcome
    joined?.detach(how === 'waited')
    if (how === 'came later') await other.attempt(key)
    // Told by the way: nobody waits for it.
    if (how === 'waited') await expect.poll(async () => await fields(key)).toHaveProperty('collected')
    const collected = await owned(first).collected?.(true)
    return [collected, (await (await other.attempt(key)).outcome).state]
  }
  expect(await settle('nobody')).toEqual([false, 'acknowledged'])
  expect(await settle('hung up')).toEqual([false, 'acknowledged'])
  expect(await settle('waited')).toEqual([true, 'done'])
  expect(await settle('came later')).toEqual([true, 'done'])
})

test('a failure is collected by an attempt that runs the message anew', async () => {
  const [one, other] = [open(server), open(server)]
  const results = []
  for (const again of [false, true]) {
    const key = randomUUID()
    const run = owned(await one.attempt(key))
    await run.settle({ state: 'failed' })
    if (again) await other.attempt(key)
    results.push(await run.collected?.(true))
  }
  expect(results).toEqual([false, true])
})
