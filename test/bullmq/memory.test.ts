import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { BullmqInbox, BullmqInboxOptions, InboxMessage } from '../../src/bullmq/index.js'
import type { WecomError } from '../../src/errors.js'
import wecom from '../../src/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { newSettings, signMessage } from '../support/requests.js'
import { contactMessage, eventually, keyOf, openInbox, startWorker, userOf, type WatchedWorker } from './support.js'

let redis: RedisServer
let client: Redis

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ port: redis.port })
})
beforeEach(async () => { await client.flushall() })
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

const HOUR = 3_600_000
const SHORT = { completedAge: 100, deadLetterAge: 100 }
const inAnHour = () => ({ keepUntil: Date.now() + HOUR })

/** The server processes of one queue: each with its own options, as in a rolling deployment. */
const server = (options: Partial<BullmqInboxOptions> = {}): BullmqInbox => openInbox(redis, options)

async function ended ({ outcomes }: WatchedWorker, count: number): Promise<void> {
  await eventually(() => outcomes.length, length => length === count)
}

/** The messages that are remembered as handled, when what need not be is forgotten. */
async function remembered (inbox: BullmqInbox): Promise<string[]> {
  await inbox.counts()
  return await client.zrange('bull:wecom-inbox:completed', '0', '-1')
}

/** Again where a busy Redis has not answered in time, as WeCom sends a message again. */
async function putAsWecom (inbox: BullmqInbox, user: string, milliseconds: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await inbox.put(contactMessage(user), { keepUntil: Date.now() + milliseconds })
      return
    } catch (error) {
      if (attempt === 4 || (error as WecomError).code !== 'WECOM_INBOX_UNAVAILABLE') throw error
    }
  }
}

const runsOf = ({ outcomes }: WatchedWorker, { key }: InboxMessage): number => outcomes.filter(outcome => outcome.key === key).length

describe('a captured request runs no handler again while it passes, whatever is handled beside it', () => {
  const captured = contactMessage('captured')

  test.each(['first', 'last'])('handled %s', async order => {
    const [careful, careless] = [server(SHORT), server(SHORT)]
    const worker = startWorker(redis, () => {}, { concurrency: 1 })
    const long = async () => { await careful.put(captured, inAnHour()) }
    const short = async () => { await careless.put(contactMessage('short'), { keepUntil: Date.now() + 50 }) }
    for (const put of order === 'first' ? [long, short] : [short, long]) await put()
    await ended(worker, 2)
    await sleep(150)
    // What ends now, and who looks after what is old, has the short memory.
    await careless.put(contactMessage('another'))
    await ended(worker, 3)
    const keys = await remembered(careless)
    expect(keys).toContain(captured.key)
    expect(keys).not.toContain(keyOf('short'))
    for (const inbox of [careful, careless]) await inbox.put(captured)
    await careless.put(contactMessage('the last'))
    await ended(worker, 4)
    expect(runsOf(worker, captured)).toBe(1)
  })

  test('its retry passes for longer than the first request, and so is remembered for longer', async () => {
    const inbox = server(SHORT)
    const worker = startWorker(redis, () => {})
    const until = Date.now() + 2_000
    await inbox.put(captured, { keepUntil: until })
    await ended(worker, 1)
    await inbox.put(captured, inAnHour())
    await sleep(until + 100 - Date.now())
    expect((await inbox.counts()).completed).toBe(1)
    await inbox.put(captured)
    await inbox.put(contactMessage('another'))
    await ended(worker, 2)
    expect(runsOf(worker, captured)).toBe(1)
  })

  test('a dead letter that is too old to be kept stays as long', async () => {
    const inbox = server({ ...SHORT, attempts: 1 })
    const worker = startWorker(redis, message => { if (userOf(message) === 'captured') throw new Error('no') })
    await inbox.put(captured, inAnHour())
    await ended(worker, 1)
    await sleep(150)
    expect(await inbox.deadLetters()).toHaveLength(1)
    await inbox.put(captured)
    await inbox.put(contactMessage('another'))
    await ended(worker, 2)
    expect(runsOf(worker, captured)).toBe(1)
  })

  test('sent to the plugin of one server within its tolerance, while another server has a smaller one', async () => {
    const settings = newSettings()
    const worker = startWorker(redis, () => {})
    const send = async (inbox: BullmqInbox, timestampTolerance: number) => {
      const app = Fastify()
      onTestFinished(async () => { await app.close() })
      await app.register(wecom, { path: '/wecom', credentials: { ...settings, name: 'contacts' }, timestampTolerance, inbox })
      return async (signed: ReturnType<typeof signMessage>) => await app.inject({ method: 'POST', url: '/wecom', ...signed, headers: { 'content-type': 'text/xml' } })
    }
    const careful = await send(server(SHORT), HOUR)
    const careless = server(SHORT)
    const { query, body } = signMessage(settings, contactMessage('zhangsan').plaintext)
    expect((await careful({ query, body })).statusCode).toBe(200)
    await ended(worker, 1)
    await sleep(150)
    await careless.put(contactMessage('another'))
    await ended(worker, 2)
    await sleep(150)
    const keys = await remembered(careless)
    expect([keys.length, keys.includes(keyOf('another'))]).toEqual([1, false])
    expect((await careful({ query, body })).statusCode).toBe(200)
    await careless.put(contactMessage('the last'))
    await ended(worker, 3)
    expect(new Set(worker.outcomes.map(({ key }) => key)).size).toBe(3)
  })
})

describe('each process forgets by its own options', () => {
  test('what another handled is remembered for the longer completedAge', async () => {
    const [long, short] = [server({ completedAge: HOUR }), server(SHORT)]
    const worker = startWorker(redis, () => {})
    await long.put(contactMessage('long'))
    await short.put(contactMessage('short'))
    await ended(worker, 2)
    await sleep(150)
    expect(await remembered(short)).toEqual([keyOf('long')])
    await short.put(contactMessage('long'))
    await short.put(contactMessage('short'))
    await ended(worker, 3)
    expect([runsOf(worker, contactMessage('long')), runsOf(worker, contactMessage('short'))]).toEqual([1, 2])
  })

  test('from when it was handled, not from when it came', async () => {
    const inbox = server({ completedAge: 2_000, deadLetterAge: HOUR })
    await inbox.put(contactMessage('zhangsan'))
    await sleep(2_100)
    expect(await inbox.counts()).toMatchObject({ waiting: 1 })
    const worker = startWorker(redis, () => {})
    await ended(worker, 1)
    await sleep(200)
    expect((await inbox.counts()).completed).toBe(1)
    await eventually(async () => (await inbox.counts()).completed, count => count === 0)
  })

  test('dead letters of others are kept for their longer deadLetterAge', async () => {
    const [long, short] = [server({ attempts: 1 }), server({ attempts: 1, ...SHORT })]
    const worker = startWorker(redis, () => { throw new Error('no') })
    await long.put(contactMessage('long'))
    await short.put(contactMessage('short'))
    await ended(worker, 2)
    await sleep(150)
    expect((await short.deadLetters()).map(({ key }) => key)).toEqual([keyOf('long')])
  })

  test('a small completedCount of one does not bind the others; the largest binds all, the oldest going first', async () => {
    const [large, small] = [server({ completedCount: 5 }), server({ completedCount: 1 })]
    const worker = startWorker(redis, () => {}, { concurrency: 1 })
    for (let index = 0; index < 8; index++) await (index % 2 === 0 ? large : small).put(contactMessage(String(index)))
    await ended(worker, 8)
    expect((await small.counts()).completed).toBe(5)
    for (let index = 3; index < 8; index++) await small.put(contactMessage(String(index)))
    expect((await small.counts()).waiting).toBe(0)
    await small.put(contactMessage('2'))
    await ended(worker, 9)
  })
})

describe('memory is given back', () => {
  const keys = async () => (await client.keys('*')).filter(key => /remembered|[\w-]{43}/.test(key))

  test('of everything that was handled or failed, by itself and without a further message', async () => {
    const inbox = server({ ...SHORT, attempts: 1 })
    const worker = startWorker(redis, message => { if (userOf(message) === '0') throw new Error('no') })
    const remembers = async (): Promise<boolean> => (await keys()).length > 0
    let before = false
    for (let index = 0; index < 1_200; index++) {
      await putAsWecom(inbox, String(index), 1_500)
      if (index % 100 === 99) before ||= await remembers()
    }
    await eventually(() => worker.outcomes.length, length => length >= 1_200, 20_000)
    expect(before).toBe(true)
    await eventually(remembers, found => !found, 20_000)
    expect(await client.zcard('bull:wecom-inbox:completed')).toBe(0)
    expect(await client.zcard('bull:wecom-inbox:failed')).toBe(0)
  })

  test('of what an earlier version, which had no such memory, has left', async () => {
    const worker = startWorker(redis, () => {})
    await server().put(contactMessage('zhangsan'))
    await ended(worker, 1)
    await client.del(...(await client.keys('*:remembered*')))
    const inbox = server(SHORT)
    await sleep(150)
    expect((await inbox.counts()).completed).toBe(0)
    expect(await keys()).toEqual([])
  })

  test('by a Redis that is full as well', async () => {
    const full = await startRedis()
    const admin = new Redis({ port: full.port })
    onTestFinished(async () => {
      admin.disconnect()
      await full.stop()
    })
    const inbox = openInbox(full, SHORT)
    const worker = startWorker(full, () => {})
    for (let index = 0; index < 3; index++) await putAsWecom(inbox, String(index), 1_500)
    await ended(worker, 3)
    await admin.config('SET', 'maxmemory', '1mb')
    await eventually(async () => await admin.zcard('bull:wecom-inbox:completed'), count => count === 0)
    expect((await admin.keys('*')).filter(key => key.includes(keyOf('0')))).toEqual([])
    await admin.config('SET', 'maxmemory', '0')
  })

  test('but never of a message that still waits, however long', async () => {
    const inbox = server(SHORT)
    await inbox.put(contactMessage('zhangsan'))
    for (let round = 0; round < 4; round++) {
      await sleep(120)
      expect(await inbox.counts()).toMatchObject({ waiting: 1 })
    }
    await ended(startWorker(redis, () => {}), 1)
  })
})

test('a message that is announced and not yet added is still forgotten in the end', async () => {
  const inbox = server(SHORT)
  await inbox.put(contactMessage('zhangsan'))
  const [index = ''] = await client.keys('*:remembered:*')
  // As if Redis, or the server, had died between the two.
  await client.zadd(index, 1, keyOf('never added'))
  await inbox.counts()
  const lookedFor = Number(await client.zscore(index, keyOf('never added')))
  expect(lookedFor).toBeGreaterThan(Date.now() + 50_000)
  await client.zadd(index, 1.5, keyOf('never added'))
  await inbox.counts()
  expect(await client.zscore(index, keyOf('never added'))).toBe(null)
})

test('of two who retry or discard a dead letter at once, one is told that there is none', async () => {
  const inbox = server({ attempts: 1 })
  const worker = startWorker(redis, () => { throw new Error('no') })
  await inbox.put(contactMessage('zhangsan'))
  await ended(worker, 1)
  await worker.close()
  const key = keyOf('zhangsan')
  expect((await Promise.all([inbox.retryDeadLetter(key), inbox.retryDeadLetter(key)])).sort()).toEqual([false, true])
  // It waits now: who would discard a dead letter must not take it away.
  expect(await inbox.discardDeadLetter(key)).toBe(false)
  expect(await inbox.counts()).toMatchObject({ waiting: 1, failed: 0 })
})

test('an inbox that is closed refuses at once', async () => {
  const inbox = server()
  await inbox.close()
  const startedAt = performance.now()
  await expect(inbox.put(contactMessage('zhangsan'))).rejects.toMatchObject({ code: 'WECOM_INBOX_UNAVAILABLE', message: expect.stringContaining('closed') as string })
  // Not when the time for a command is over, which is a second.
  expect(performance.now() - startedAt).toBeLessThan(900)
  expect(await client.keys('*zhangsan*')).toEqual([])
})
