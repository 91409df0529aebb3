import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Settlement } from '../../src/delivery/attempts.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { startProcess } from './child.js'
import { timed } from './open.js'

const lease = 600
const done = (reply: string): Settlement => ({ state: 'done', reply })

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

test('the handler runs in one process, the reply reaches the other, and the attempts of both are counted', async () => {
  const [one, other, key] = [startProcess(server.port, lease), startProcess(server.port, lease), randomUUID()]
  const first = await one.attach(key)
  const joined = await other.attach(key)
  expect([first, joined].map(({ number, runs }) => [number, runs])).toEqual([[1, true], [2, false]])
  const outcome = other.outcome(joined)
  await sleep(2 * lease)
  await one.settle(first, done('r'))
  expect(await outcome).toEqual(done('r'))
})

test('a process killed while it handles: another takes over when the lease is over', async () => {
  const [one, other, key] = [startProcess(server.port, lease), startProcess(server.port, lease), randomUUID()]
  await one.attach(key)
  const joined = await other.attach(key)
  const outcome = other.outcome(joined)
  const waited = await timed(async () => {
    await one.kill()
    expect(await outcome).toEqual({ state: 'lost' })
  })
  expect(waited).toBeGreaterThan(lease / 2)
  // And what a busy machine adds.
  expect(waited).toBeLessThan(lease * 4 / 3 + 2_000)
  const again = await other.attach(key)
  expect([again.number, again.runs]).toEqual([3, true])
  expect(await other.settle(again, done('second'))).toEqual(done('second'))
})

test('a process whose event loop is blocked for longer than the lease loses its run, and its reply does not replace the newer one', async () => {
  const [one, other, key] = [startProcess(server.port, lease), startProcess(server.port, lease), randomUUID()]
  const first = await one.attach(key)
  const joined = await other.attach(key)
  const blocked = one.block(5 * lease)
  expect(await other.outcome(joined)).toEqual({ state: 'lost' })
  const again = await other.attach(key)
  expect(again.runs).toBe(true)
  await other.settle(again, done('newer'))
  await blocked
  expect(await one.outcome(first)).toEqual({ state: 'lost' })
  expect(await one.settle(first, done('older'))).toEqual({ state: 'lost' })
  expect(await one.outcome(await one.attach(key))).toEqual(done('newer'))
})

test('a storm over three processes: each of 300 messages is handled once, and all attempts get that reply', async () => {
  // The default lease: a busy machine may keep each of them from renewing for longer than the short one.
  const processes = Array.from({ length: 3 }, () => startProcess(server.port, 5_000))
  const counts = await Promise.all(Array.from({ length: 300 }, async () => {
    const key = randomUUID()
    const attempts = await Promise.all(Array.from({ length: 4 }, async (_, copy) => {
      const process = processes[Math.floor(Math.random() * 3)] as typeof processes[number]
      await sleep(Math.random() * 200)
      const attempt = await process.attach(key)
      if (attempt.runs) {
        await sleep(Math.random() * 200)
        await process.settle(attempt, done(`copy ${copy}`))
      }
      return { ...attempt, outcome: await process.outcome(attempt) }
    }))
    expect(attempts.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4])
    expect(new Set(attempts.map(({ outcome }) => JSON.stringify(outcome))).size).toBe(1)
    return attempts.filter(({ runs }) => runs).length
  }))
  expect(counts).toEqual(counts.map(() => 1))
})

test('a process that closes its store and its client ends by itself', async () => {
  const [one, other, key] = [startProcess(server.port, 5_000), startProcess(server.port, 5_000), randomUUID()]
  await one.attach(key)
  const joined = await other.attach(key)
  const outcome = other.outcome(joined)
  await other.close()
  expect(await outcome).toEqual({ state: 'lost' })
  // Nothing holds it: no connection (three seconds at most), no lease (five).
  expect(await timed(async () => { expect(await other.leave()).toBe(0) })).toBeLessThan(2_500)
  await one.close()
  expect(await timed(async () => { expect(await one.leave()).toBe(0) })).toBeLessThan(2_500)
})
