import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FetchedToken, TokenStore } from '../api/token-store.js'
import { createTextSealer } from '../crypto/sealed-text.js'
import { stripErrorDetails } from '../support/strip-error-details.js'
import { createThrottle } from '../support/throttle.js'
import { withTimeout } from '../support/with-timeout.js'
import { checkRedisTokensOptions, tokenKeyInvalid, type RedisTokensOptions } from './tokens-options.js'

/**
 * Access tokens in Redis, encrypted, for the machines of one app: one of them asks WeCom, and the others take what it
 * got. While Redis is away each asks for itself.
 *
 * @example
 * ```ts
 * const api = createWecomApi({ corpId, secret: '…', tokens: redisTokens({ client: redis, encryptionKey }) })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function redisTokens (options: RedisTokensOptions): TokenStore {
  const { client, prefix, keys } = checkRedisTokensOptions(options)
  const texts = createTextSealer(keys, tokenKeyInvalid)
  const mayWarn = createThrottle()

  return {
    async obtain (key, fetch, refused) {
      // The braces keep both on one node of a cluster.
      const name = `${prefix}token:{${key}}`
      const owner = randomUUID()
      try {
        for (;;) {
          const kept = await look(name, refused)
          if (kept !== undefined) return kept
          const locked = await ask(async () => await client.set(`${name}:lock`, owner, 'PX', LOCK, 'NX'))
          if (locked === 'OK') break
          await wait(POLL)
        }
      } catch (error) {
        warn(error)
        return await fetch()
      }
      return await fetchLocked(name, owner, fetch, refused)
    }
  }

  async function fetchLocked (
    name: string, owner: string, fetch: () => Promise<FetchedToken>, refused: string | undefined
  ): Promise<FetchedToken> {
    try {
      // Whoever had the lock before may have been done just now.
      const kept = await look(name, refused).catch(() => undefined)
      if (kept !== undefined) return kept
      const fetched = await fetch()
      const goodFor = Math.floor(fetched.goodFor)
      if (goodFor > 0) await quietly(async () => await client.set(name, texts.seal(fetched.token, name), 'PX', goodFor))
      return fetched
    } finally {
      await quietly(async () => await client.eval(UNLOCK, 1, `${name}:lock`, owner))
    }
  }

  async function look (name: string, refused: string | undefined): Promise<FetchedToken | undefined> {
    // In this order, so that what is read lives at least as long as it is said to.
    const [goodFor, sealed] = await ask(async () => await Promise.all([client.pttl(name), client.get(name)]))
    if (sealed === null || goodFor <= 0) return undefined
    // Under a key that is gone, or written by somebody else: fetched anew, and written over.
    const opened = texts.open(sealed, name)
    return 'text' in opened && opened.text !== refused ? { token: opened.text, goodFor } : undefined
  }

  async function quietly (work: () => Promise<unknown>): Promise<void> {
    await ask(work).catch(warn)
  }

  function warn (error: unknown): void {
    const { message } = stripErrorDetails(error)
    if (!mayWarn('redis')) return
    process.emitWarning(`Redis does not store access tokens: ${message}. Until it does, every process asks WeCom.`, {
      type: 'WecomWarning',
      code: 'WECOM_TOKENS_UNAVAILABLE'
    })
  }
}

/** Milliseconds that a process that died may keep others from asking WeCom. */
const LOCK = 5_000
/** Milliseconds between two looks while another process asks. */
const POLL = 50
/** Milliseconds for one command: a client that is not connected would hold it back for as long as that lasts. */
const TIMEOUT = 1_000

const UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

async function ask<T> (work: () => Promise<T>): Promise<T> {
  return await withTimeout(work, TIMEOUT)
}
