import type { Cluster, Redis } from 'ioredis'
import type { SealingKey } from '../crypto/sealed-text.js'
import { quote } from '../errors.js'
import { checkNames, optionInvalid } from '../support/options.js'
import { checkPrefix } from './options.js'

export interface RedisTokensOptions {
  /**
   * An ioredis client (`new Redis(…)`, `new Cluster(…)`; version 5.4 or later, or 6). It is never closed here: that is
   * for whoever made it.
   *
   * @example client: new Redis('redis://localhost:6379', { maxRetriesPerRequest: 1 })
   */
  client: Redis | Cluster
  /**
   * What tokens are encrypted with (AES-256-GCM): 32 random bytes, as bytes, 64 hex digits or base64; or several, for
   * rotation: the first encrypts, all decrypt. All machines need the same.
   *
   * @example encryptionKey: process.env.WECOM_ENCRYPTION_KEY ?? ''
   */
  encryptionKey: SealingKey | readonly SealingKey[]
  /**
   * What the names of keys begin with: `<prefix>token:{<digest>}`. Default `wecom:`.
   *
   * @example prefix: 'shop:wecom:'
   */
  prefix?: string
}

/** Checks what `redisTokens` is given, once, and fills in the defaults. */
export function checkRedisTokensOptions (options: RedisTokensOptions) {
  checkNames('redisTokens', options, ['client', 'encryptionKey', 'prefix'])
  const { client, encryptionKey, prefix = 'wecom:' } = (options ?? {}) as RedisTokensOptions
  if (typeof client?.set !== 'function' || typeof client.eval !== 'function' || typeof client.pttl !== 'function') {
    throw optionInvalid(
      'redisTokens client to be a client of ioredis',
      quote(client),
      'Give redisTokens({ client: new Redis(url) }), with Redis from the package ioredis.'
    )
  }
  checkPrefix('redisTokens', prefix)
  const keys: readonly unknown[] = Array.isArray(encryptionKey) ? encryptionKey : [encryptionKey]
  if (keys.length === 0) throw tokenKeyInvalid('an empty list')
  return { client, prefix, keys }
}

export function tokenKeyInvalid (got: string): Error {
  return optionInvalid(
    'redisTokens encryptionKey to be 32 bytes, as bytes, hex or base64, or a list of such keys',
    got,
    'Make one with `openssl rand -hex 32` and give it to every machine: anyone who has the access token can do all ' +
      'that the app may do.'
  )
}
