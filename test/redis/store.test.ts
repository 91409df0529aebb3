import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type Mock } from 'vitest'
import type { AttemptStore } from '../../src/delivery/attempts.js'
import { outcomeOf } from '../../src/redis/commands.js'
import { redisStore } from '../../src/redis/index.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { attach, owned } from '../support/store-contract.js'
import { fieldsOf } from './run.js'

const done = { state: 'done', reply: 'r' } as const
const acknowledged = { state: 'acknowledged' } as const

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

type Step = 'attach' | 'renew' | 'settle' | 'acknowledge' | 'look' | 'collect' | 'collected'

/** A store whose steps are counted; its lease is so long that no timer takes one. */
function counted (prefix?: string): { store: AttemptStore, client: Redis, step: (name: Step) => Mock } {
  const client = server.connect()
  const store = redisStore({ client, lease: 15_000, ...(prefix === undefined ? {} : { prefix }) })
  onTestFinished(async () => { await store.close?.() })
  const scripted = client as unknown as Record<string, () => Promise<unknown>>
  const steps = new Map<string, Mock>()
  for (const name of ['attach', 'renew', 'settle', 'acknowledge', 'look', 'collect', 'collected']) steps.set(name, vi.spyOn(scripted, `fastifyWecomRun:${name}`))
  return { store, client, step: name => steps.get(name) as Mock }
}

describe('that an attempt has had the reply', () => {
  test('is told to Redis once, by a process that does not run the handler', async () => {
    const [one, other, key] = [counted(), counted(), randomUUID()]
    const first = await attach(one.store, key)
    const joined = await attach(other.store, key)
    await owned(first).settle(done)
    await joined.outcome
    joined.detach(true)
    joined.detach(true)
    expect(other.step('collect')).toHaveBeenCalledOnce()
    // Nobody waits for it.
    await expect.poll(async () => (await fieldsOf(one.client, key)).collected).toBe('1')
    expect(await owned(first).collected?.(true)).toBe(true)
  })

  test.each<[string, 'one' | 'other', boolean, boolean]>([
    ['has hung up', 'other', false, false],
    ['waited where the handler runs', 'one', false, true],
    ['came when it was known', 'other', true, true]
  ])('is not told of one that %s', async (_name, who, late, answered) => {
    const [stores, key] = [{ one: counted(), other: counted() }, randomUUID()]
    const first = await attach(stores.one.store, key)
    if (late) await owned(first).settle(done)
    const joined = await attach(stores[who].store, key)
    if (!late) await owned(first).settle(done)
    await joined.outcome
    joined.detach(answered)
    first.detach(true)
    expect([stores.one.step('collect').mock.calls, stores.other.step('collect').mock.calls]).toEqual([[], []])
  })

  test('that Redis does not take is no unhandled rejection', async () => {
    const [one, other, key] = [counted(), counted(), randomUUID()]
    await attach(one.store, key)
    const joined = await attach(other.store, key)
    other.client.disconnect()
    joined.detach(true)
    await sleep(20)
  })
})

test('what is known already is not asked for again', async () => {
  const [one, other, key] = [counted(), counted(), randomUUID()]
  await owned(await attach(one.store, key)).settle(done)
  const late = await attach(other.store, key)
  expect([await late.acknowledge(), await late.outcome, await late.watch?.()]).toEqual([done, done, 'ended'])
  expect([other.step('acknowledge').mock.calls, other.step('look').mock.calls]).toEqual([[], []])
})

test('a further settlement of a run is told nothing new: the first counts, in Redis and out of its reach', async () => {
  const [{ store, client, step }, key] = [counted(), randomUUID()]
  const run = owned(await attach(store, key))
  expect(await run.settle(done)).toEqual(done)
  expect(await run.settle({ state: 'failed' })).toEqual(done)
  expect(step('settle')).toHaveBeenCalledTimes(2)
  expect((await fieldsOf(client, key)).state).toBe('done')
})

test('an attempt of the process that runs the handler keeps the run from being idle, and counts when it goes', async () => {
  const [{ store }, key] = [counted(), randomUUID()]
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => { vi.useRealTimers() })
  const first = await attach(store, key)
  const run = owned(first)
  const second = await attach(store, key)
  first.detach()
  vi.advanceTimersByTime(30)
  expect(run.idle()).toBe(0)
  second.detach()
  expect(run.idle()).toBe(0)
  vi.advanceTimersByTime(30)
  first.detach()
  second.detach()
  expect(run.idle()).toBe(30)
})

test('an acknowledgement elsewhere reaches the owner: a Redis that comes back empty gets it from there', async () => {
  const [one, other, key] = [counted(), counted(), randomUUID()]
  const first = await attach(one.store, key)
  const joined = await attach(other.store, key)
  expect(await joined.acknowledge()).toEqual(acknowledged)
  expect(await first.outcome).toEqual(acknowledged)
  await one.client.flushall()
  expect(await owned(first).settle(done)).toEqual(acknowledged)
})

test('an acknowledgement here does as well', async () => {
  const [{ store, client }, key] = [counted(), randomUUID()]
  const first = await attach(store, key)
  expect(await first.acknowledge()).toEqual(acknowledged)
  await client.flushall()
  expect(await owned(first).settle(done)).toEqual(acknowledged)
})

test('an error of Redis says what is wrong, without the command and what was in it', async () => {
  const [{ store, client }, key] = [counted(), randomUUID()]
  const run = owned(await attach(store, key))
  await client.config('SET', 'maxmemory', '1')
  const error = await Promise.resolve(run.settle({ state: 'done', reply: 'a reply in clear' })).catch((error: unknown) => error as Error)
  await client.config('SET', 'maxmemory', '0')
  expect((error as Error).message).toContain('OOM')
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(error))).not.toContain('in clear')
})

test('an ending that Redis refused is what later attempts here have, and what who waits here has', async () => {
  const [{ store, client }, key] = [counted(), randomUUID()]
  const first = await attach(store, key)
  const waiting = await attach(store, key)
  await client.config('SET', 'maxmemory', '1')
  await expect(owned(first).settle(done)).rejects.toThrow('OOM')
  await client.config('SET', 'maxmemory', '0')
  const late = await attach(store, key)
  expect([await waiting.outcome, await late.outcome, await late.acknowledge()]).toEqual([done, done, done])
})

test('a store that is closed takes nothing any more, and says so', async () => {
  const { store } = counted()
  await store.close?.()
  await expect(attach(store, randomUUID())).rejects.toThrow('the Redis store is closed')
})

test('two attempts at once, and Redis empties while the second one asks: the handler runs once', async () => {
  const [{ store, client }, key] = [counted(), randomUUID()]
  const set = client.set.bind(client) as (...args: unknown[]) => Promise<unknown>
  let sets = 0
  vi.spyOn(client, 'set').mockImplementation(async (...args: unknown[]) => {
    const begun = await set(...args)
    if (++sets === 2) await client.del(`wecom:run:${key}`)
    return begun as 'OK'
  })
  const attempts = await Promise.all([attach(store, key), attach(store, key)])
  expect([sets, attempts.map(({ run }) => run !== undefined)]).toEqual([2, [true, false]])
})

test('keys and the channel begin with the prefix', async () => {
  const [{ store, client, step }, other, key] = [counted('p:'), counted('p:'), randomUUID()]
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => { vi.useRealTimers() })
  await attach(other.store, key)
  expect(await client.exists(`p:run:${key}`)).toBe(1)
  await attach(store, key)
  expect(step('attach').mock.calls[0]).toEqual([`p:run:${key}`, expect.any(String), 15_000, 600_000, 'p:runs', key, ''])
})

test.each([
  ['done', { state: 'done', reply: 'r' }],
  ['acknowledged', { state: 'acknowledged' }],
  ['failed', { state: 'failed' }],
  ['lost', { state: 'lost' }],
  ['what a later version may say', { state: 'lost' }]
])('the word %j means %j', (word, outcome) => {
  expect(outcomeOf(word, 'r')).toEqual(outcome)
})

test.each([['a text', 'hello'], ['a text of two lines', 'running somebody 1\nhello'], ['no text', undefined]])('%s that another program keeps below the prefix is refused with what to do, and stays as it is', async (_what, text) => {
  const [{ store, client }, key] = [counted(), randomUUID()]
  const name = `wecom:run:${key}`
  await (text === undefined ? client.hset(name, 'field', 'value') : client.set(name, text))
  await expect(attach(store, key)).rejects.toThrow(text === undefined ? 'WRONGTYPE' : 'a key of this store holds no run: another program writes below its prefix')
  expect(await (text === undefined ? client.hgetall(name) : client.get(name))).toEqual(text ?? { field: 'value' })
})
