import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'

/**
 * One Redis for the tests of a file that pause, kill and restart it: it is up again before the next one, and no promise
 * that nobody waits for has been rejected.
 */
export function useMortalRedis (started: (server: RedisServer) => void): void {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => { unhandled.push(reason) }
  let server: RedisServer
  beforeAll(async () => {
    process.on('unhandledRejection', onUnhandled)
    server = await startRedis()
    started(server)
  })
  afterEach(async () => {
    // Whatever a test that failed has left behind.
    server.resume()
    await server.start()
    await sleep(20)
    expect(unhandled).toEqual([])
  })
  afterAll(async () => {
    process.off('unhandledRejection', onUnhandled)
    await server.stop()
  })
}
