import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { stream, text } from '../../src/index.js'
import { redisStreams } from '../../src/redis/index.js'
import { startRelay } from '../redis/relay.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { final, openBot, type Bot } from './bot.js'

const DOOR = 'Fastify, a handler of the plugin'

async function open (): Promise<RedisServer> {
  const redis = await startRedis()
  onTestFinished(async () => { redis.resume(); await redis.stop() })
  return redis
}

test.each([
  ['a text', () => text('想好了')],
  ['a stream', () => stream(['想', '好了'])]
])('a handler answers with %s into a stream that Redis began without saying so', { timeout: 20_000 }, async (_what, reply) => {
  const redis = await open()
  const client = redis.connect()
  await client.ping()
  let signal: AbortSignal | undefined
  const bot = await openBot(DOOR, {
    deadline: 400,
    streams: redisStreams({ client, lease: 1_000 }),
    reply: async context => { signal = context.signal; await sleep(5_000); return reply() }
  })
  const said = bot.say('问')
  await sleep(100)
  redis.pause()
  await sleep(1_500)
  redis.resume()
  const frames = await bot.follow(await said, 100)
  expect(final(frames)).toMatchObject({ content: '想好了', finish: true })
  expect(signal?.aborted).toBe(false)
})

test('a retry answers into the stream that Redis began for the first attempt without saying so', { timeout: 20_000 }, async () => {
  const redis = await open()
  const client = redis.connect()
  await client.ping()
  const bot = await openBot(DOOR, { streams: redisStreams({ client, lease: 1_000 }), reply: () => stream(['想', '好了']) })
  redis.pause()
  expect(await bot.say('问')).toBeUndefined()
  expect(bot.last.status).toBe(500)
  redis.resume()
  const frames = await bot.follow(await bot.again(), 50)
  expect(final(frames)).toMatchObject({ content: '想好了', finish: true })
})

test('a retry at another process answers into the stream that Redis began for the first attempt without saying so', { timeout: 20_000 }, async () => {
  const redis = await open()
  const relay = await startRelay(redis.port)
  const clients = [redis.connect({ port: relay.port }), redis.connect()] as const
  await Promise.all(clients.map(async client => await client.ping()))
  const [one, other] = await Promise.all(clients.map(async client =>
    await openBot(DOOR, { streams: redisStreams({ client }), reply: () => stream(['想', '好了']) }))) as [Bot, Bot]
  relay.silence(0)
  expect(await one.say('问')).toBeUndefined()
  expect(one.last.status).toBe(500)
  const frames = await other.follow(await other.take(one), 50)
  expect(final(frames)).toMatchObject({ content: '想好了', finish: true })
})
