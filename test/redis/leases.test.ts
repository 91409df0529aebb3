import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createCommands } from '../../src/redis/commands.js'
import { redisStore } from '../../src/redis/index.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open, timed } from './open.js'
import { changeRun } from './run.js'

const lease = 300
const done = (reply: string) => ({ state: 'done', reply }) as const

describe('the lease of a run', () => {
  let server: RedisServer
  beforeAll(async () => { server = await startRedis() })
  afterAll(async () => { await server.stop() })

  const change = async (key: string, ...fields: Array<string | number>): Promise<void> => {
    const client = server.connect()
    await changeRun(client, key, ...fields)
    client.disconnect()
  }
  /** As if the owner had not renewed for long. */
  const endLease = async (key: string): Promise<void> => { await change(key, 'lease', 1) }
  /** And as if somebody had asked for it long ago. */
  const giveUp = async (key: string): Promise<void> => { await change(key, 'lease', 1, 'doubted', 1) }

  test('is renewed for as long as the handler takes', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    const first = await one.attempt(key)
    const joined = await other.attempt(key)
    await sleep(4 * lease)
    expect((await other.attempt(key)).run).toBeUndefined()
    await owned(first).settle(done('slow'))
    expect(await joined.outcome).toEqual(done('slow'))
  })

  test('ends when the owner is gone: those who wait are told, and the next attempt runs the handler', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    // The lease begins with the first attempt.
    const waited = await timed(async () => {
      const first = await one.attempt(key)
      const joined = await other.attempt(key)
      await one.close()
      expect(await first.outcome).toEqual({ state: 'lost' })
      expect(await joined.outcome).toEqual({ state: 'lost' })
    })
    expect(waited).toBeGreaterThan(lease)
    // And what a busy machine adds.
    expect(waited).toBeLessThan(lease * 4 / 3 + 2_000)
    const again = await other.attempt(key)
    expect([again.number, again.run !== undefined]).toEqual([3, true])
  })

  test('an owner that has lost it learns so at once, and the newer result stands', async () => {
    // Renewed, which would tell it as well, every five seconds.
    const [one, other, key] = [open(server, { lease: 15_000 }), open(server, { lease: 15_000 }), randomUUID()]
    const first = await one.attempt(key)
    await giveUp(key)
    const second = await other.attempt(key)
    expect(second.run).toBeDefined()
    expect(await timed(async () => { expect(await first.outcome).toEqual({ state: 'lost' }) })).toBeLessThan(2_500)
    expect(await owned(first).settle(done('old'))).toEqual({ state: 'lost' })
    await owned(second).settle(done('new'))
    expect(await owned(first).settle(done('old'))).toEqual({ state: 'lost' })
    expect(await (await one.attempt(key)).outcome).toEqual(done('new'))
  })

  test('an owner that has lost it unheard learns so when it renews, and warns', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    const first = await one.attempt(key)
    await change(key, 'owner', 'another')
    expect(await first.outcome).toEqual({ state: 'lost' })
    expect(one.warnings.join()).toContain('another process has taken over')
    expect(other.warnings).toEqual([])
  })

  test('an owner late with renewing keeps its run while nobody has taken it', async () => {
    const [one, other, key] = [open(server), open(server), randomUUID()]
    const first = await one.attempt(key)
    await endLease(key)
    expect(await owned(first).settle(done('late'))).toEqual(done('late'))
    expect(await (await other.attempt(key)).outcome).toEqual(done('late'))
  })

  test('an owner whose lease is over is given a moment to speak up, as Redis may have been away', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    const first = await one.attempt(key)
    await endLease(key)
    const joined = await other.attempt(key)
    expect(joined.run).toBeUndefined()
    await sleep(2 * lease)
    await owned(first).settle(done('still there'))
    expect(await joined.outcome).toEqual(done('still there'))
  })

  test('an owner acknowledges its own run however late it is', async () => {
    const [store, key] = [open(server), randomUUID()]
    const first = await store.attempt(key)
    await giveUp(key)
    expect(await first.acknowledge()).toEqual({ state: 'acknowledged' })
  })

  test('an attempt in the process that runs the handler joins it, even where it was too busy to renew', async () => {
    const [one, other, key] = [open(server), open(server), randomUUID()]
    await one.attempt(key)
    await giveUp(key)
    expect((await one.attempt(key)).run).toBeUndefined()
    expect((await other.attempt(key)).run).toBeUndefined()
  })

  test('a run whose owner is gone is not acknowledged by those who wait for it, as nobody would handle the message', async () => {
    const [one, other, key] = [open(server, { lease: 15_000 }), open(server, { lease: 15_000 }), randomUUID()]
    const first = await one.attempt(key)
    const joined = await other.attempt(key)
    await endLease(key)
    expect(await joined.acknowledge()).toEqual({ state: 'lost' })
    const again = await other.attempt(key)
    expect(again.run).toBeDefined()
    expect(await again.acknowledge()).toEqual({ state: 'acknowledged' })
    expect(await owned(first).settle(done('r'))).toEqual({ state: 'lost' })
  })

  test('goes by the clock of Redis, and lifetimes by durations: the clocks of the processes do not matter', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    const client = server.connect()
    onTestFinished(() => { vi.useRealTimers() })
    vi.setSystemTime(new Date('2001-01-01'))
    const start = performance.now()
    const first = await one.attempt(key)
    vi.setSystemTime(new Date('2099-01-01'))
    const joined = await other.attempt(key)
    expect(joined.run).toBeUndefined()
    await sleep(2 * lease)
    vi.setSystemTime(new Date('2001-01-01'))
    expect((await other.attempt(key)).run).toBeUndefined()
    expect(owned(first).idle()).toBe(0)
    await owned(first).settle(done('r'))
    expect(await joined.outcome).toEqual(done('r'))
    const ttl = await client.pttl(`wecom:run:${key}`)
    // Redis' clock may tick a little faster than this one.
    expect(ttl).toBeGreaterThan(600_000 - 50 - (performance.now() - start))
    expect(ttl).toBeLessThanOrEqual(600_000)
  })

  test('with it comes word of attempts elsewhere, which keep a run from being idle', async () => {
    const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
    const first = await one.attempt(key)
    first.detach()
    await sleep(2 * lease)
    expect(owned(first).idle()).toBeGreaterThan(lease)
    await other.attempt(key)
    await expect.poll(() => owned(first).idle()).toBeLessThan(lease)
  })

  test('while Redis hangs at the end of a handler, the settlement is sent once, and nothing is renewed', async () => {
    const client = server.connect()
    const store = redisStore({ client, lease })
    onTestFinished(async () => {
      server.resume()
      await store.close?.()
    })
    const first = await store.attach(randomUUID(), { keepUntil: Date.now() + 60_000, warn () {} })
    const scripted = client as unknown as Record<string, () => Promise<unknown>>
    const [settle, renew] = [vi.spyOn(scripted, 'fastifyWecomRun:settle'), vi.spyOn(scripted, 'fastifyWecomRun:renew')]
    server.pause()
    const settled = owned(first).settle(done('r'))
    const sentBefore = renew.mock.calls.length
    await sleep(2 * lease)
    server.resume()
    expect(await settled).toEqual(done('r'))
    await sleep(lease)
    expect([settle.mock.calls.length, renew.mock.calls.length]).toEqual([1, sentBefore])
  })

  test('an attach that the client sends twice, as its connection broke, still owns the run', async () => {
    const commands = createCommands({ client: server.connect(), prefix: 'wecom:', channel: 'wecom:runs', lease })
    const key = randomUUID()
    const found = [await commands.attach(key, 'token', 60_000, undefined), await commands.attach(key, 'token', 60_000, undefined)]
    expect(found.map(({ number, outcome }) => [number, outcome])).toEqual([[1, 'owned'], [1, 'owned']])
  })
})
