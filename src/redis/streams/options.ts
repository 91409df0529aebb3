import type { Cluster, Redis } from 'ioredis'
import { checkDuration, checkNames, checkUnit, optionInvalid } from '../../support/options.js'
import { checkClient, checkLease, checkPrefix } from '../options.js'

export interface RedisStreamsOptions {
  /**
   * An ioredis client (`new Redis(…)`, `new Cluster(…)`; version 5.4 or later, or 6). The store adds its scripts to it
   * and never closes it. `redisStore()` can use the same client.
   *
   * @example client: new Redis('redis://localhost:6379', { maxRetriesPerRequest: 1 })
   */
  client: Redis | Cluster
  /**
   * What the names of keys begin with: `<prefix>stream:<hash>`, `<prefix>chat:<hash>`, `<prefix>respond:<hash>`. Use
   * the same in all processes of an app. Default `wecom:`.
   *
   * @example prefix: 'shop:wecom:'
   */
  prefix?: string | undefined
  /**
   * How long a process that produces a stream may be silent, in milliseconds; from 100 to 15 000. It renews its lease
   * three times in this period, however slow the source is. If the process dies, the process that is polled after a
   * lease and a third ends the stream with the text `lost`. Use the same in all processes of an app. Default 5 000.
   *
   * @example lease: 10_000
   */
  lease?: number | undefined
  /**
   * The shortest time between two writes of a growing stream to Redis, in milliseconds; from 10 to 10 000. WeCom polls
   * about once a second. Default 400.
   *
   * @example flushEvery: 800
   */
  flushEvery?: number | undefined
}

const SHORTEST_FLUSH = 10
const LONGEST_FLUSH = 10_000

/** Checks what `redisStreams` is given, once, and fills in the defaults. */
export function checkRedisStreamsOptions (options: RedisStreamsOptions): {
  client: Redis | Cluster, prefix: string, lease: number, flushEvery: number
} {
  checkNames('redisStreams', options, ['client', 'prefix', 'lease', 'flushEvery'])
  const { client, prefix = 'wecom:', lease = 5_000, flushEvery = 400 } = (options ?? {}) as RedisStreamsOptions
  checkClient('redisStreams', client)
  checkPrefix('redisStreams', prefix)
  const checkedLease = checkLease(
    'redisStreams', lease, 'The stream of a process that died stands still for a lease and a third.'
  )
  checkUnit('redisStreams flushEvery', checkDuration('redisStreams flushEvery', flushEvery), SHORTEST_FLUSH)
  if (flushEvery > LONGEST_FLUSH) {
    throw optionInvalid(
      `redisStreams flushEvery to be at most ${LONGEST_FLUSH} milliseconds`, String(flushEvery), 'Leave it out for 400.'
    )
  }
  return { client, prefix, lease: checkedLease, flushEvery }
}
