import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { bullmqInbox } from '../../src/bullmq/index.js'
import type { WecomContext } from '../../src/index.js'
import { kindOf } from '../../src/message/kind.js'
import { startRedis, type RedisServer, type RedisServerOptions } from '../support/redis-server.js'
import { contactMessage, ENCRYPTION_KEY, eventually, openInbox, startWorker, textMessage } from './support.js'

let redis: RedisServer
let client: Redis

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ port: redis.port, maxRetriesPerRequest: 3 })
})
beforeEach(async () => { await client.flushall() })
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

/** Another Redis, to do harm to. */
async function serverForTest (options?: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(server.stop)
  return server
}

describe('put', () => {
  test('resolves when Redis has the message as a job whose id is its key', async () => {
    const inbox = openInbox(redis)
    const message = contactMessage('zhangsan')
    await inbox.put(message)
    expect(await client.exists(`bull:wecom-inbox:${message.key}`)).toBe(1)
    expect(await inbox.counts()).toEqual({ waiting: 1, active: 0, delayed: 0, completed: 0, failed: 0 })
  })

  test('takes a repeat while the message waits and after it was handled, without another run', async () => {
    const inbox = openInbox(redis)
    const message = contactMessage('zhangsan')
    await Promise.all(Array.from({ length: 20 }, async () => { await inbox.put(message) }))
    expect((await inbox.counts()).waiting).toBe(1)
    const { outcomes } = startWorker(redis, () => {})
    await eventually(() => outcomes.length, count => count === 1)
    await inbox.put({ ...message, nonce: 'another' })
    await inbox.put(contactMessage('lisi'))
    await eventually(() => outcomes.length, count => count === 2)
    expect(outcomes.filter(({ key }) => key === message.key)).toHaveLength(1)
    expect((await inbox.counts()).completed).toBe(2)
  })

  test.each(['secret words', 'a:b', '123456', ''])('refuses %j as a key: it would stand in Redis in clear, or mean something to BullMQ', async key => {
    await expect(openInbox(redis).put(contactMessage('zhangsan', '', key))).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
  })

  test('takes a client of the caller, whatever its settings, and leaves it open', async () => {
    const own = new Redis({ port: redis.port, lazyConnect: true, maxRetriesPerRequest: 20 })
    const inbox = bullmqInbox({ connection: own, encryptionKey: ENCRYPTION_KEY })
    const worker = startWorker(redis, () => {}, { connection: own })
    await inbox.put(contactMessage('zhangsan'))
    await eventually(() => worker.outcomes.length, count => count === 1)
    await inbox.close()
    await worker.close()
    expect(await own.ping()).toBe('PONG')
    own.disconnect()
  })

  test('takes a URL', async () => {
    const inbox = openInbox(redis, { connection: { url: `redis://127.0.0.1:${redis.port}/3` } })
    await inbox.put(contactMessage('zhangsan'))
    expect((await inbox.counts()).waiting).toBe(1)
    expect(await client.dbsize()).toBe(0)
  })
})

test('a Redis Cluster serves as well, with a prefix in braces', async () => {
  const server = await serverForTest({ cluster: true })
  const admin = new Redis({ port: server.port })
  admin.on('error', () => {})
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  const cluster = new Cluster([{ host: '127.0.0.1', port: server.port }])
  cluster.on('error', () => {})
  await eventually(async () => String(await admin.call('CLUSTER', 'INFO')), info => info.includes('cluster_state:ok'))
  const options = { connection: cluster, prefix: '{wecom}' }
  const inbox = openInbox(server, options)
  const { outcomes } = startWorker(server, () => {}, options)
  await inbox.put(contactMessage('zhangsan')).catch(async () => { await inbox.put(contactMessage('zhangsan')) })
  await eventually(() => outcomes.length, count => count === 1)
  await server.kill()
  await expect(inbox.put(contactMessage('lisi'))).rejects.toMatchObject({ code: 'WECOM_INBOX_UNAVAILABLE' })
  await server.start()
  await eventually(async () => await inbox.put(contactMessage('wangwu')).then(() => 'taken', () => 'refused'), state => state === 'taken')
  await eventually(() => outcomes.length, count => count === 2)
  admin.disconnect()
  cluster.disconnect()
})

describe('while Redis does not answer, put rejects in time, and works again afterwards', () => {
  /** The time for a command is a second; a busy machine adds to it. WeCom waits for five. */
  const inTime = 4_000

  async function refusal (inbox: ReturnType<typeof openInbox>): Promise<number> {
    const startedAt = Date.now()
    await expect(inbox.put(contactMessage('lisi'))).rejects.toMatchObject({ code: 'WECOM_INBOX_UNAVAILABLE', statusCode: 503 })
    return Date.now() - startedAt
  }

  test('killed and restarted', async () => {
    const server = await serverForTest()
    const inbox = openInbox(server)
    await inbox.put(contactMessage('zhangsan'))
    await server.kill()
    const times = await Promise.all(Array.from({ length: 50 }, async () => await refusal(inbox)))
    expect(Math.max(...times)).toBeLessThan(inTime)
    await server.start()
    await eventually(async () => await inbox.put(contactMessage('wangwu')).then(() => 'taken', () => 'refused'), state => state === 'taken')
    // What was refused is WeCom's to send again: it must not come out of some buffer.
    expect((await inbox.counts()).waiting).toBe(1)
  })

  test('not there from the start', async () => {
    const server = await serverForTest()
    await server.kill()
    const inbox = openInbox(server)
    expect(await refusal(inbox)).toBeLessThan(inTime)
    await server.start()
    await eventually(async () => await inbox.put(contactMessage('wangwu')).then(() => 'taken', () => 'refused'), state => state === 'taken')
    expect((await inbox.counts()).waiting).toBe(1)
  })

  test('frozen', async () => {
    const server = await serverForTest()
    const inbox = openInbox(server, { timeout: 100 })
    await eventually(async () => await inbox.put(contactMessage('zhangsan')).then(() => 'taken', () => 'refused'), state => state === 'taken')
    server.signal('SIGSTOP')
    // Sooner than by default.
    expect(await refusal(inbox)).toBeLessThan(950)
    server.signal('SIGCONT')
    await eventually(async () => await inbox.put(contactMessage('wangwu')).then(() => 'taken', () => 'refused'), state => state === 'taken')
  })

  test('out of memory', async () => {
    const server = await serverForTest()
    const inbox = openInbox(server)
    const admin = new Redis({ port: server.port })
    await inbox.put(contactMessage('zhangsan'))
    await admin.config('SET', 'maxmemory', '1mb')
    expect(await refusal(inbox)).toBeLessThan(inTime)
    await admin.config('SET', 'maxmemory', '0')
    await inbox.put(contactMessage('lisi'))
    admin.disconnect()
  })

  test('the error tells why, and its cause holds nothing of the job', async () => {
    const server = await serverForTest()
    const inbox = openInbox(server, { encryptionKey: false })
    await inbox.put(contactMessage('zhangsan'))
    const admin = new Redis({ port: server.port })
    await admin.config('SET', 'maxmemory', '1mb')
    const error = await inbox.put(contactMessage('lisi', 'secret name')).catch((reason: unknown) => reason) as Error
    expect(error.message).toMatch(/^expected Redis to take the command, got OOM /)
    expect(JSON.stringify([error.message, error.stack, { ...error.cause as object }])).not.toContain('secret')
    admin.disconnect()
  })
})

test.each<[string, Record<string, unknown>, boolean]>([
  ['a contact that was created', { MsgType: 'event', Event: 'change_contact', ChangeType: 'create_user' }, true],
  ['a notice to a suite', { InfoType: 'create_auth', AuthCode: 'x' }, true],
  ['an event with a WelcomeCode', { MsgType: 'event', Event: 'change_external_contact', ChangeType: 'add_external_contact', WelcomeCode: 'x' }, false],
  ['the same without one', { MsgType: 'event', Event: 'change_external_contact', ChangeType: 'add_external_contact' }, true],
  ['a change of contacts that is new', { MsgType: 'event', Event: 'change_contact', ChangeType: 'freeze_user' }, true],
  ['a change of customers that is new and has a WelcomeCode', { MsgType: 'event', Event: 'change_external_contact', ChangeType: 'new', WelcomeCode: 'x' }, false],
  ['a notice that is new', { InfoType: 'new_notice' }, true],
  ['an event that is new', { MsgType: 'event', Event: 'new_event' }, false],
  ['a click with a ChangeType', { MsgType: 'event', Event: 'click', ChangeType: 'new' }, false],
  ['an event of a bot that is new', { msgtype: 'event', aibotid: 'A', event: { eventtype: 'new_event' } }, false],
  ['a message that is new', { MsgType: 'hologram' }, false],
  ['a text', { MsgType: 'text', Content: 'hi' }, false],
  ['a click on a card', { MsgType: 'event', Event: 'template_card_event' }, false],
  ['a message to a bot', { msgtype: 'text', aibotid: 'A' }, false],
  ['feedback to a bot', { msgtype: 'event', aibotid: 'A', event: { eventtype: 'feedback_event' } }, false]
])('by default, %s goes through the queue: %j %s', (_name, message, accepted) => {
  const inbox = openInbox(redis)
  expect(inbox.accepts({ message, kind: kindOf(message).key } as unknown as WecomContext)).toBe(accepted)
})

test('accept decides instead', () => {
  const inbox = openInbox(redis, { accept: ({ kind }) => kind === 'text' })
  const { plaintext, ...context } = textMessage('1', 'hi')
  expect(inbox.accepts({ ...context, plaintext, message: {} } as unknown as WecomContext)).toBe(true)
})

test.each([
  [{ accept: true }, 'accept'], [{ attempts: 0 }, 'attempts'], [{ backoff: -1 }, 'backoff'], [{ queueName: 'a:b' }, 'queueName'], [{ timeout: '1' }, 'timeout'],
  [{ connection: undefined }, 'connection'], [{ connection: { keyPrefix: 'x:' } }, 'a connection without keyPrefix'], [{ deadLetterAge: 0 }, 'deadLetterAge'], [{ completedCount: 0.5 }, 'completedCount']
])('%j is refused at once, by name', (options, name) => {
  expect(() => bullmqInbox({ connection: { port: redis.port }, encryptionKey: ENCRYPTION_KEY, ...options } as never)).toThrow(`expected ${name}`)
})
