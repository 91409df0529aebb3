import { quote } from '../errors.js'
import { checkDuration, checkNames, checkOnStoreError, checkUnit, optionInvalid } from '../options.js'
import type { RedisStoreOptions } from './store.js'

/** Shorter ones are mostly meant as seconds, and would be lost with every pause of the garbage collector. */
const SHORTEST_LEASE = 100
/** WeCom's last attempt is over after 20 seconds: by then the run of a process that died must be another's, after a lease and a third. */
const LONGEST_LEASE = 15_000

/** Checks what `redisStore` is given, once, and fills in the defaults. */
export function checkRedisStoreOptions (options: RedisStoreOptions): Required<RedisStoreOptions> {
  checkNames('redisStore', options, ['client', 'prefix', 'lease', 'onStoreError'])
  const { client, prefix = 'wecom:', lease = 5_000, onStoreError = 'handle' } = (options ?? {}) as RedisStoreOptions
  if (typeof client?.defineCommand !== 'function' || typeof client.duplicate !== 'function') {
    throw optionInvalid('redisStore client to be a client of ioredis', quote(client), 'Give redisStore({ client: new Redis(url) }), with Redis from the package ioredis.')
  }
  if (typeof prefix !== 'string') throw optionInvalid('redisStore prefix to be text', quote(prefix), "Leave it out for 'wecom:'.")
  checkDuration('redisStore lease', lease)
  if (lease * 1_000 <= LONGEST_LEASE) checkUnit('redisStore lease', lease, SHORTEST_LEASE)
  if (lease < SHORTEST_LEASE) {
    throw optionInvalid(`redisStore lease to be at least ${SHORTEST_LEASE} milliseconds`, String(lease), 'Leave it out for 5 000 (five seconds).')
  }
  if (lease > LONGEST_LEASE) {
    throw optionInvalid(`redisStore lease to be at most ${LONGEST_LEASE} milliseconds`, String(lease), 'A run whose process died goes to another one after a lease and a third, and WeCom sends no retry after about 20 seconds. Leave it out for 5 000 (five seconds).')
  }
  return { client, prefix, lease: Math.ceil(lease), onStoreError: checkOnStoreError('redisStore onStoreError', onStoreError) }
}
