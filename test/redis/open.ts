import type { RedisOptions } from 'ioredis'
import { onTestFinished } from 'vitest'
import type { Attempt, AttemptStore } from '../../src/delivery/attempts.js'
import { redisStore, type RedisStoreOptions } from '../../src/redis/index.js'
import type { RedisServer } from '../support/redis.js'

/** A store as one process has it. */
export interface OpenStore extends AttemptStore {
  close (): Promise<void>
  /** As a request that comes now does. */
  attempt (key: string, keepFor?: number): Promise<Attempt>
  readonly warnings: string[]
}

/** A store on a client of its own, closed when the test ends. */
export function open (server: RedisServer, options: Omit<RedisStoreOptions, 'client'> = {}, client: RedisOptions = {}): OpenStore {
  const connection = server.connect(client)
  const store = redisStore({ client: connection, ...options })
  const warnings: string[] = []
  const close = async (): Promise<void> => { await store.close?.() }
  onTestFinished(async () => {
    await close()
    connection.disconnect()
  })
  return {
    ...store,
    close,
    warnings,
    attempt: async (key, keepFor = 600_000) => await store.attach(key, { keepUntil: Date.now() + keepFor, warn (message) { warnings.push(message) } })
  }
}

/** How many milliseconds something takes. */
export async function timed (work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
