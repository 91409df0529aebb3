import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redisStore, type RedisStoreOptions } from '../../src/redis/index.js'
import { checkRedisStoreOptions } from '../../src/redis/options.js'

const client = new Redis({ lazyConnect: true })

test.each<[string, unknown, string]>([
  ['no options', undefined, 'client'],
  ['no client', {}, 'client'],
  ['a URL for a client', { client: 'redis://localhost' }, 'client'],
  ['options for a client', { client: { host: 'localhost' } }, 'client'],
  ['a prefix that is no text', { client, prefix: 7 }, 'prefix'],
  ['a lease that is no number', { client, lease: '5s' }, 'lease'],
  ['a lease of 0', { client, lease: 0 }, 'lease'],
  ['a lease without end', { client, lease: Infinity }, 'lease'],
  ['a lease that is meant in seconds', { client, lease: 5 }, 'lease'],
  ['another onStoreError', { client, onStoreError: 'ignore' }, 'onStoreError']
])('%s is refused at once, with a text that says what to change', (_name, options, named) => {
  expect(() => redisStore(options as RedisStoreOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(`redisStore ${named}`) }))
})

test('onStoreError is there for the caller to read', () => {
  expect(redisStore({ client }).onStoreError).toBe('handle')
  expect(redisStore({ client, onStoreError: 'refuse' }).onStoreError).toBe('refuse')
})

test('nothing connects before the first message', async () => {
  await redisStore({ client }).close?.()
  expect(client.status).toBe('wait')
})

test.each<[string, object, string]>([
  ['no client', {}, 'expected redisStore client to be a client of ioredis, got undefined. Give redisStore({ client: new Redis(url) }), with Redis from the package ioredis.'],
  ['a client that cannot be copied', { client: { defineCommand () {} } }, 'expected redisStore client to be a client of ioredis, got object. Give redisStore({ client: new Redis(url) }), with Redis from the package ioredis.'],
  ['a client that takes no scripts', { client: { duplicate () {} } }, 'expected redisStore client to be a client of ioredis, got object. Give redisStore({ client: new Redis(url) }), with Redis from the package ioredis.'],
  ['a prefix that is no text', { client, prefix: 7 }, 'expected redisStore prefix to be text, got number. Leave it out for \'wecom:\'.'],
  ['a lease that is short', { client, lease: 99.5 }, 'expected redisStore lease to be at least 100 milliseconds, got 99.5. Leave it out for 5 000 (five seconds).'],
  ['a lease that is long', { client, lease: 15_000.5 }, 'expected redisStore lease to be at most 15000 milliseconds, got 15000.5. A run whose process died goes to another one after a lease and a third, and WeCom sends no retry after about 20 seconds. Leave it out for 5 000 (five seconds).']
])('%s is told with what was expected, what came and what to change', (_name, options, message) => {
  expect(() => redisStore(options as RedisStoreOptions)).toThrow(expect.objectContaining({ message }))
})

test('what is left out has its default, and a lease is a whole number of milliseconds', () => {
  expect(checkRedisStoreOptions({ client })).toEqual({ client, prefix: 'wecom:', lease: 5_000, onStoreError: 'handle' })
  expect([100, 100.5, 15_000].map(lease => checkRedisStoreOptions({ client, lease }).lease)).toEqual([100, 101, 15_000])
})
