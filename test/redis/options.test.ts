import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redisStore, type RedisStoreOptions } from '../../src/redis/index.js'

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
