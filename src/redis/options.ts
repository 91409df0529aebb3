import type { Cluster, Redis } from 'ioredis'
import { quote } from '../errors.js'
import { checkDuration, checkNames, checkOnStoreError, checkUnit, optionInvalid } from '../support/options.js'

export interface RedisStoreOptions {
  /**
   * An ioredis client (`new Redis(…)`, `new Cluster(…)`; version 5.4 or later, or 6). The store adds its scripts to it
   * and opens one more connection with `client.duplicate()`. It never closes your client.
   *
   * @example client: new Redis('redis://localhost:6379', { maxRetriesPerRequest: 1 })
   */
  client: Redis | Cluster
  /**
   * What the names of keys and of the channel begin with: keys are `<prefix>run:<hash>`, the channel is `<prefix>runs`.
   * Use the same in all processes of an app. Default `wecom:`.
   *
   * @example prefix: 'shop:wecom:'
   */
  prefix?: string
  /**
   * How long a process that runs a handler may be silent, in milliseconds; from 100 to 15 000. It renews its lease
   * three times in this period, however long the handler takes. If a process dies, another one takes over its run after
   * a lease and a third: the third leaves time for a sign of life. Use the same in all processes of an app.
   * Default 5 000.
   *
   * @example lease: 10_000
   */
  lease?: number
  /**
   * What to do while Redis does not answer: `handle` handles messages without it (one may be handled again), `refuse`
   * answers 503, so that WeCom tries again. Default `handle`.
   *
   * @example onStoreError: 'refuse'
   */
  onStoreError?: 'handle' | 'refuse'
}

/** Shorter ones are mostly meant as seconds, and would be lost with every pause of the garbage collector. */
const SHORTEST_LEASE = 100
/**
 * WeCom's last attempt is over after 20 seconds: by then the run of a process that died must be another's, after a
 * lease and a third.
 */
const LONGEST_LEASE = 15_000
const AFTER_RETRIES =
  'A run whose process died goes to another one after a lease and a third, and WeCom sends no retry after about ' +
  '20 seconds.'

/** Checks what `redisStore` is given, once, and fills in the defaults. */
export function checkRedisStoreOptions (options: RedisStoreOptions): Required<RedisStoreOptions> {
  checkNames('redisStore', options, ['client', 'prefix', 'lease', 'onStoreError'])
  const { client, prefix = 'wecom:', lease = 5_000, onStoreError = 'handle' } = (options ?? {}) as RedisStoreOptions
  checkClient('redisStore', client)
  checkPrefix('redisStore', prefix)
  return {
    client,
    prefix,
    lease: checkLease('redisStore', lease, AFTER_RETRIES),
    onStoreError: checkOnStoreError('redisStore onStoreError', onStoreError)
  }
}

export function checkClient (where: string, client: Redis | Cluster | undefined): void {
  if (typeof client?.defineCommand === 'function' && typeof client.duplicate === 'function') return
  throw optionInvalid(
    `${where} client to be a client of ioredis`,
    quote(client),
    `Give ${where}({ client: new Redis(url) }), with Redis from the package ioredis.`
  )
}

export function checkPrefix (where: string, prefix: unknown): void {
  if (typeof prefix === 'string') return
  throw optionInvalid(`${where} prefix to be text`, quote(prefix), "Leave it out for 'wecom:'.")
}

/**
 * @param tooLong what is wrong with a longer one
 * @returns whole milliseconds
 */
export function checkLease (where: string, lease: number, tooLong: string): number {
  checkDuration(`${where} lease`, lease)
  if (lease * 1_000 <= LONGEST_LEASE) checkUnit(`${where} lease`, lease, SHORTEST_LEASE)
  if (lease < SHORTEST_LEASE) {
    throw optionInvalid(
      `${where} lease to be at least ${SHORTEST_LEASE} milliseconds`,
      String(lease),
      'Leave it out for 5 000 (five seconds).'
    )
  }
  if (lease > LONGEST_LEASE) {
    throw optionInvalid(
      `${where} lease to be at most ${LONGEST_LEASE} milliseconds`,
      String(lease),
      `${tooLong} Leave it out for 5 000 (five seconds).`
    )
  }
  return Math.ceil(lease)
}
