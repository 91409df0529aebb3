import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'
import { owned } from '../support/store-contract.js'
import { open } from './open.js'
import { fieldsOf } from './run.js'

const lease = 300

let server: RedisServer
beforeAll(async () => { server = await startRedis() })
afterAll(async () => { await server.stop() })

test('a run that is begun while the store closes is not held: another process has it after its lease', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  const beginning = one.attempt(key)
  await one.close()
  const begun = await beginning
  expect([begun.run !== undefined, await begun.outcome]).toEqual([true, { state: 'lost' }])
  const client = server.connect()
  const leaseOf = async (): Promise<string | undefined> => (await fieldsOf(client, key)).lease
  const first = await leaseOf()
  await sleep(lease + 50)
  expect(await leaseOf()).toBe(first)
  expect(await (await other.attempt(key)).outcome).toEqual({ state: 'lost' })
  expect((await other.attempt(key)).run).toBeDefined()
})

test('and can still be settled, as its handler may end in time', async () => {
  const [one, other, key] = [open(server, { lease }), open(server, { lease }), randomUUID()]
  const beginning = one.attempt(key)
  await one.close()
  const done = { state: 'done', reply: 'r' } as const
  expect(await owned(await beginning).settle(done)).toEqual(done)
  expect(await (await other.attempt(key)).outcome).toEqual(done)
})

test('runs that were begun before are not renewed after it', async () => {
  const [one, key] = [open(server, { lease }), randomUUID()]
  await one.attempt(key)
  await one.close()
  const client = server.connect()
  const { lease: before } = await fieldsOf(client, key)
  await sleep(lease)
  expect((await fieldsOf(client, key)).lease).toBe(before)
})
