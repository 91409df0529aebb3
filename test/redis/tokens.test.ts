import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createWecomApi, type WecomApi } from '../../src/api/index.js'
import { text } from '../../src/index.js'
import { redisTokens, type RedisTokensOptions } from '../../src/redis/index.js'
import type { FakeApi } from '../../src/testing/index.js'
import { openFake } from '../api/open.js'
import { startRedis, type RedisServer } from '../support/redis.js'

let redis: RedisServer
beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })
afterEach(async () => {
  redis.resume()
  await redis.connect().flushall()
})

const encryptionKey = randomBytes(32)

/** The API as one machine has it. */
function machine (fake: FakeApi, options: Partial<RedisTokensOptions> = {}): WecomApi {
  const client = redis.connect({ maxRetriesPerRequest: 1 })
  return createWecomApi({ ...fake.settings, tokens: redisTokens({ client, encryptionKey, ...options }) })
}

const send = async (api: WecomApi): Promise<unknown> => await api.send(text('hi'), { sender: 'zhangsan' })

function warningsOfTest (): Array<Error & { code?: string }> {
  const warnings: Error[] = []
  const listener = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', listener)
  onTestFinished(() => { process.off('warning', listener) })
  return warnings
}

test('fifty callers on each of three machines ask for one token', async () => {
  const fake = await openFake({ slowBy: 200 })
  fake.fault('gettoken', 'slow')
  const machines = [machine(fake), machine(fake), machine(fake)]
  await Promise.all(machines.flatMap(api => Array.from({ length: 50 }, async () => await send(api))))
  expect(fake.callsOf('gettoken')).toHaveLength(1)
  expect(fake.sent).toHaveLength(150)
})

test('a token that WeCom has ended is renewed once for all machines', async () => {
  const fake = await openFake()
  const machines = [machine(fake), machine(fake), machine(fake)]
  for (const api of machines) await send(api)
  fake.expireTokens()
  await Promise.all(machines.flatMap(api => Array.from({ length: 20 }, async () => await send(api))))
  expect(fake.callsOf('gettoken')).toHaveLength(2)
  expect(fake.sent).toHaveLength(63)
})

test('apps have tokens of their own', async () => {
  const [one, two] = [await openFake(), await openFake()]
  await Promise.all([send(machine(one)), send(machine(two))])
  expect([one, two].map(fake => fake.callsOf('gettoken').length)).toEqual([1, 1])
})

test('neither token nor secret lies in Redis, in no key and no value', async () => {
  const fake = await openFake()
  await send(machine(fake))
  const client = redis.connect()
  const keys = await client.keys('*')
  expect(keys).toEqual([expect.stringMatching(/^wecom:token:\{[\w-]{43}\}$/)])
  const value = await client.get(keys[0] as string)
  expect(value).toMatch(/^1\.[\w-]{8}\.[\w-]+$/)
  expect(Buffer.from(value?.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('token')
  expect(`${keys.join()} ${value}`).not.toContain(fake.settings.secret)
  // Gone before WeCom's end of it.
  expect(await client.pttl(keys[0] as string)).toBeLessThanOrEqual(6_900_000)
})

test('a token under another key, or that somebody wrote there, is fetched anew', async () => {
  const fake = await openFake()
  await send(machine(fake))
  await send(machine(fake, { encryptionKey: randomBytes(32) }))
  expect(fake.callsOf('gettoken')).toHaveLength(2)
  const client = redis.connect()
  const [key] = await client.keys('*')
  await client.set(key as string, 'a token of mine', 'PX', 60_000)
  await send(machine(fake))
  expect(fake.callsOf('gettoken')).toHaveLength(3)
  expect(fake.sent).toHaveLength(3)
})

test('while keys are being replaced, both are read', async () => {
  const fake = await openFake()
  await send(machine(fake))
  await send(machine(fake, { encryptionKey: [randomBytes(32).toString('hex'), encryptionKey] }))
  expect(fake.callsOf('gettoken')).toHaveLength(1)
})

test('a machine that died while it asked holds the others up for seconds at most', async () => {
  const fake = await openFake()
  const client = redis.connect()
  await send(machine(fake))
  const [key] = await client.keys('*')
  await client.del(key as string)
  const start = performance.now()
  await client.set(`${key}:lock`, 'dead', 'PX', 700)
  await send(machine(fake))
  expect(performance.now() - start).toBeGreaterThan(500)
  expect(fake.sent).toHaveLength(2)
})

test('what gettoken refuses is told to every machine, and leaves no lock behind', async () => {
  const fake = await openFake()
  const wrong = { ...fake.settings, secret: 'not-the-secret-at-all' }
  const apis = [1, 2, 3].map(() => createWecomApi({ ...wrong, tokens: redisTokens({ client: redis.connect(), encryptionKey }) }))
  const outcomes = await Promise.allSettled(apis.map(send))
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { errcode: 40001 } })
  expect(await redis.connect().keys('*')).toEqual([])
})

test('while Redis hangs, messages go out all the same, with one warning', async () => {
  const warnings = warningsOfTest()
  const fake = await openFake()
  const api = machine(fake)
  redis.pause()
  await Promise.all(Array.from({ length: 20 }, async () => await send(api)))
  await new Promise(setImmediate)
  expect(fake.callsOf('gettoken')).toHaveLength(1)
  expect(fake.sent).toHaveLength(20)
  expect(warnings).toEqual([expect.objectContaining({ code: 'WECOM_TOKENS_UNAVAILABLE' })])
  expect(String(warnings[0])).not.toContain(fake.settings.secret)
})

test.each<[string, unknown, string]>([
  ['no client', { encryptionKey }, 'client'],
  ['no key', { client: {} }, 'client'],
  ['a short key', { client: { set () {}, eval () {}, pttl () {} }, encryptionKey: 'abc' }, 'encryptionKey'],
  ['no key at all', { client: { set () {}, eval () {}, pttl () {} } }, 'encryptionKey'],
  ['a list of no key', { client: { set () {}, eval () {}, pttl () {} }, encryptionKey: [] }, 'encryptionKey'],
  ['a prefix that is no text', { client: { set () {}, eval () {}, pttl () {} }, encryptionKey, prefix: 7 }, 'prefix']
])('redisTokens refuses %s', (_name, options, named) => {
  expect(() => redisTokens(options as RedisTokensOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(`redisTokens ${named}`) }))
})
