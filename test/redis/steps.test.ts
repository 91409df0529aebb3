import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCommands, type Commands, type KnownRun } from '../../src/redis/commands.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { changeRun, fieldsOf } from './run.js'

// What each step leaves in Redis, without a process that renews.

const lease = 15_000
const minute = 60_000

let server: RedisServer
let client: Redis
let commands: Commands
beforeAll(async () => {
  server = await startRedis()
  client = server.connect()
  commands = createCommands({ client, prefix: 'wecom:', channel: 'wecom:runs', lease })
})
afterAll(async () => { await server.stop() })

const fields = async (key: string) => await fieldsOf(client, key)
const change = async (key: string, ...changes: Array<string | number>): Promise<void> => { await changeRun(client, key, ...changes) }
const timeLeft = async (key: string): Promise<number> => await client.pttl(`wecom:run:${key}`)
const known = (key: string, changes: Partial<KnownRun> = {}): KnownRun => ({ key, owner: 'one', attempts: 1, acknowledged: false, keepFor: () => minute, ...changes })

describe('a run that goes on', () => {
  test.each<[string, (key: string) => Promise<unknown>]>([
    ['begun', async () => {}],
    ['joined', async key => await commands.attach(key, 'two', minute, undefined)],
    ['renewed', async key => await commands.renew(known(key))],
    ['acknowledged', async key => await commands.acknowledge(known(key), true)],
    ['renewed after Redis has lost it', async key => { await client.del(`wecom:run:${key}`); await commands.renew(known(key)) }],
    ['taken up again after Redis has lost it', async key => { await client.del(`wecom:run:${key}`); await commands.attach(key, 'two', minute, 'one') }]
  ])('outlives its lease by a minute, so that attempts are counted on (%s)', async (_name, step) => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await step(key)
    expect(await timeLeft(key)).toSatisfy(ms => ms > lease + minute - 2_000 && ms <= lease + minute)
    expect(await fields(key)).toMatchObject({ owner: 'one', lease: expect.any(String) as string })
  })

  test('somebody may wait for, once Redis has lost it and its owner has told it again', async () => {
    const key = randomUUID()
    await commands.renew(known(key))
    expect(await fields(key)).toMatchObject({ owner: 'one', joined: '1' })
  })

  test('in this process is not begun again where Redis has lost it', async () => {
    const key = randomUUID()
    expect(await commands.attach(key, 'two', 5 * minute, 'one')).toMatchObject({ number: 1, outcome: 'running', owner: 'one' })
  })

  test('and has ended is kept for its time alone', async () => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await commands.settle(known(key), { state: 'done', reply: 'r' })
    expect(await timeLeft(key)).toBeLessThanOrEqual(minute)
  })
})

test('a reply that is withdrawn is gone', async () => {
  const key = randomUUID()
  await commands.attach(key, 'one', minute, undefined)
  await commands.settle(known(key), { state: 'done', reply: 'r' })
  expect(await commands.collected(key, 'one', true)).toBe(false)
  const { state, reply } = await fields(key)
  expect([state, reply]).toEqual(['acknowledged', undefined])
})

describe('doubt', () => {
  test.each<[string, (key: string) => Promise<unknown>]>([
    ['renews', async key => await commands.renew(known(key))],
    ['is asked by an attempt of its own process', async key => await commands.attach(key, 'three', minute, 'one')],
    ['settles', async key => await commands.settle(known(key), { state: 'done', reply: 'r' })]
  ])('ends when the owner %s', async (_name, step) => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await change(key, 'lease', 1)
    const asked = await commands.attach(key, 'two', minute, undefined)
    expect([asked.owner, asked.leaseLeft]).toEqual(['one', lease / 3])
    expect(await fields(key)).toHaveProperty('doubted')
    await step(key)
    expect(await fields(key)).not.toHaveProperty('doubted')
  })

  test('leaves the owner a third of the lease, however many ask', async () => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await change(key, 'lease', 1)
    await commands.attach(key, 'two', minute, undefined)
    const { doubted } = await fields(key)
    await change(key, 'doubted', Number(doubted) - lease / 3 + 4_000)
    expect((await commands.attach(key, 'three', minute, undefined)).leaseLeft).toSatisfy(ms => ms > 0 && ms <= 4_000)
    expect((await commands.look(key, 'one')).leaseLeft).toSatisfy(ms => ms > 0 && ms <= 4_000)
    await change(key, 'doubted', Number(doubted) - lease / 3 - 1_000)
    expect(await commands.look(key, 'one')).toMatchObject({ state: 'lost' })
    expect((await commands.attach(key, 'four', minute, undefined)).outcome).toBe('owned')
  })
})

describe('a run that is taken over', () => {
  test('keeps nothing of the one before but what it was acknowledged, the attempts and its time', async () => {
    for (const state of ['running', 'acknowledged']) {
      const key = randomUUID()
      await commands.attach(key, 'one', 5 * minute, undefined)
      await change(key, 'state', state, 'lease', 1, 'doubted', 1, 'joined', 1, 'reply', 'old', 'collected', 1)
      const { keep } = await fields(key)
      expect(await commands.attach(key, 'two', minute, undefined)).toMatchObject({ number: 2, outcome: 'owned', owner: 'two', leaseLeft: lease, acknowledged: state === 'acknowledged' })
      const { attached: _attached, lease: _lease, ...rest } = await fields(key)
      expect(rest).toEqual({ state, owner: 'two', keep, attempts: '2' })
    }
  })

  test('after a failure begins anew, and is not acknowledged', async () => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await commands.settle(known(key), { state: 'failed' })
    expect(await commands.attach(key, 'two', minute, undefined)).toMatchObject({ number: 2, outcome: 'owned', acknowledged: false })
    expect(await fields(key)).not.toHaveProperty('reply')
  })

  test('tells the one before nothing but that it has lost it', async () => {
    const key = randomUUID()
    await commands.attach(key, 'one', minute, undefined)
    await change(key, 'lease', 1, 'doubted', 1)
    await commands.attach(key, 'two', minute, undefined)
    const run = known(key)
    expect(await commands.renew(run)).toEqual({ state: 'lost' })
    expect(await commands.settle(run, { state: 'done', reply: 'old' })).toEqual({ state: 'lost' })
    expect(await commands.look(key, 'one')).toMatchObject({ state: 'lost' })
    await commands.collect(key, 'one')
    expect(await fields(key)).not.toHaveProperty('collected')
    expect(await commands.collected(key, 'one', true)).toBe(true)
    expect(await fields(key)).toMatchObject({ state: 'running', owner: 'two' })
  })
})

test('an owner that renews a run which has ended is told so, and it has no lease again', async () => {
  const key = randomUUID()
  await commands.attach(key, 'one', minute, undefined)
  await commands.settle(known(key), { state: 'done', reply: 'r' })
  expect(await commands.renew(known(key))).toEqual({ state: 'ended' })
  expect(await fields(key)).not.toHaveProperty('lease')
})

test('a renewal tells how long ago an attempt came last, and how many there were', async () => {
  const key = randomUUID()
  await commands.attach(key, 'one', minute, undefined)
  const start = performance.now()
  await commands.attach(key, 'two', minute, undefined)
  await change(key, 'attached', Number((await fields(key)).attached) - 7_000)
  const renewal = await commands.renew(known(key))
  // Redis' clock may tick a little faster than this one.
  const since = performance.now() - start + 50
  expect(renewal).toMatchObject({ state: 'open', attempts: 2, sinceAttached: expect.any(Number) as number })
  expect((renewal as { sinceAttached: number }).sinceAttached).toSatisfy(ms => ms >= 7_000 && ms < 7_000 + since)
  await client.del(`wecom:run:${key}`)
  expect(await commands.renew(known(key, { attempts: 5 }))).toEqual({ state: 'open', attempts: 5, sinceAttached: undefined })
})

test('who waits elsewhere does not acknowledge a run whose lease is over: whoever comes next takes it over at once', async () => {
  const key = randomUUID()
  await commands.attach(key, 'one', minute, undefined)
  await change(key, 'lease', 1)
  const shorter = createCommands({ client: server.connect(), prefix: 'wecom:', channel: 'wecom:runs', lease: 100 })
  expect(await shorter.acknowledge(known(key), false)).toEqual({ state: 'lost' })
  expect((await commands.attach(key, 'two', minute, undefined)).outcome).toBe('owned')
})

describe('a run that was begun by a plain write', () => {
  test('is begun once', async () => {
    const key = randomUUID()
    expect(await commands.begin(key, 'one', 5 * minute)).toMatchObject({ number: 1, outcome: 'owned', owner: 'one' })
    expect(await commands.begin(key, 'two', 5 * minute)).toBeUndefined()
    expect(await fields(key)).toMatchObject({ owner: 'one', attempts: '1' })
  })

  type Step = (key: string, run: KnownRun) => Promise<unknown>
  const steps: Record<string, Step> = {
    'an attempt elsewhere': async key => await commands.attach(key, 'two', 10 * minute, undefined),
    'an attempt here': async key => await commands.attach(key, 'three', 3 * minute, 'one'),
    'the same attempt, sent again': async (key, { owner }) => await commands.attach(key, owner, 5 * minute, undefined),
    'the lease is over': async key => { if (await client.exists(`wecom:run:${key}`) === 1) await change(key, 'lease', 1, 'doubted', 1) },
    'Redis loses it': async key => { await client.del(`wecom:run:${key}`) },
    renewed: async (_key, run) => await commands.renew(run),
    'acknowledged here': async (_key, run) => await commands.acknowledge(run, true),
    'acknowledged elsewhere': async (_key, run) => await commands.acknowledge(run, false),
    done: async (_key, run) => await commands.settle(run, { state: 'done', reply: 'one\ntwo - 3\0' }),
    failed: async (_key, run) => await commands.settle(run, { state: 'failed' }),
    'looked at': async (key, { owner }) => await commands.look(key, owner),
    collected: async (key, { owner }) => { await commands.collect(key, owner) },
    withdrawn: async (key, { owner }) => await commands.collected(key, owner, true)
  }
  const names = Object.keys(steps)
  const leftBehind = async (key: string) => ({ ...await fields(key), left: await timeLeft(key) })
  /** Alike in all but what passed between the two, in milliseconds. */
  const alike = (one: unknown, other: unknown): boolean => typeof one === 'object' && one !== null && typeof other === 'object' && other !== null
    ? Object.keys({ ...one, ...other }).every(name => alike(one[name as never], other[name as never]))
    : one === other || Math.abs(Number(one) - Number(other)) < 5_000

  test.each(names)('goes on as one that was begun by the script (%s, and any two steps after it)', async first => {
    await Promise.all(names.flatMap(second => names.map(async third => {
      const [plain, scripted] = [randomUUID(), randomUUID()]
      const begun = await commands.begin(plain, 'one', 5 * minute)
      const begunFor = 5 * minute
      expect(begun).toEqual({ ...await commands.attach(scripted, 'one', 5 * minute, undefined), begunFor })
      const path = [first, second, third]
      for (const step of path.map(name => steps[name] as Step)) {
        const results = [await step(plain, known(plain, { begunFor })), await step(scripted, known(scripted))] as const
        const left = [await leftBehind(plain), await leftBehind(scripted)] as const
        if (!alike(...results)) expect(results[0], path.join()).toEqual(results[1])
        if (!alike(...left)) expect(left[0], path.join()).toEqual(left[1])
      }
    })))
  })
})
