import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { bullmqInbox, createInboxWorker, type InboxMessage } from '../../src/bullmq/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { contactMessage, ENCRYPTION_KEY, eventually, openInbox, startWorker, textMessage, userOf } from './support.js'

let redis: RedisServer
let client: Redis

beforeEach(async () => {
  redis = await startRedis({ appendonly: true, appendfsync: 'always' })
  client = new Redis({ port: redis.port })
  // After what the test itself opened.
  onTestFinished(async () => {
    client.disconnect()
    await redis.stop()
  })
})

/** Every key, every value as Redis dumps it (not compressed, see startRedis), and every file. */
async function everything (): Promise<Buffer> {
  const found: Buffer[] = []
  let cursor = '0'
  do {
    const [next, keys] = await client.scan(cursor, 'COUNT', 1_000)
    cursor = next
    for (const key of keys) found.push(Buffer.from(key), await client.dumpBuffer(key) ?? Buffer.alloc(0))
  } while (cursor !== '0')
  await client.save()
  for (const name of readdirSync(redis.directory, { recursive: true }) as string[]) {
    const file = join(redis.directory, name)
    if (statSync(file).isFile()) found.push(readFileSync(file))
  }
  return Buffer.concat(found)
}

const SECRETS = ['张三丰', 'what-somebody-wrote', 'AUTHCODE-b64', 'create_user', 'zhangsan', 'ww1234567890abcdef', 'msg_signature', 'contacts', 'acme', 'what-the-handler-threw']

/** Messages in every state: waiting, active, failed and to be tried again, dead, handled. */
async function fill (encryptionKey: false | Uint8Array): Promise<void> {
  const inbox = openInbox(redis, { encryptionKey, attempts: 2, backoff: 600_000 })
  const oneAttempt = openInbox(redis, { encryptionKey, attempts: 1 })
  const name = `${SECRETS[0]} what-somebody-wrote AUTHCODE-b64`
  await oneAttempt.put(contactMessage('dead', name))
  await inbox.put(contactMessage('later', name))
  await inbox.put(contactMessage('done', name))
  await inbox.put(contactMessage('running', name))
  startWorker(redis, async message => {
    const UserID = userOf(message)
    if (UserID === 'done') return { MsgType: 'text', Content: 'AUTHCODE-b64' }
    if (UserID === 'running') { await new Promise(resolve => setTimeout(resolve, 60_000)); return }
    throw Object.assign(new Error(`what-the-handler-threw ${name}`), { name: 'create_user failed for zhangsan', code: 'what-somebody-wrote zhangsan', secret: name })
  }, { encryptionKey, concurrency: 2, closeGrace: 10 })
  await eventually(async () => await inbox.counts(), ({ active, delayed, failed, completed }) => active === 1 && delayed === 1 && failed === 1 && completed === 1)
  for (let i = 0; i < 3; i++) await inbox.put(textMessage(String(i), name))
}

describe('in Redis and in its files', () => {
  test('nothing of a message can be read, in any state', async () => {
    await fill(ENCRYPTION_KEY)
    const bytes = await everything()
    expect(bytes.length).toBeGreaterThan(10_000)
    expect(SECRETS.filter(secret => bytes.includes(secret))).toEqual([])
    expect(bytes.includes(ENCRYPTION_KEY)).toBe(false)
  })

  test('with encryptionKey false all of it can, so the search finds what is there; what the handler threw cannot even then', async () => {
    await fill(false)
    const bytes = await everything()
    expect(SECRETS.filter(secret => !bytes.includes(secret))).toEqual(['what-the-handler-threw'])
  })
})

describe('keys', () => {
  const message = contactMessage('zhangsan', '张三')
  const [older, newer, other] = [randomBytes(32), randomBytes(32), randomBytes(32)] as [Buffer, Buffer, Buffer]

  test.each<[string, Buffer, string | Uint8Array]>([
    ['hex', older, older.toString('hex')], ['base64', older, older.toString('base64')], ['base64url', older, older.toString('base64url')], ['a Uint8Array', older, new Uint8Array(older)]
  ])('given as %s are the same as the bytes', async (_name, bytes, written) => {
    await openInbox(redis, { encryptionKey: bytes }).put(message)
    const seen: InboxMessage[] = []
    startWorker(redis, (_message, context) => { seen.push(context) }, { encryptionKey: written })
    await eventually(() => seen.length, count => count === 1)
    expect(seen[0]).toMatchObject(message)
  })

  test('rotate: the first of a list encrypts, all decrypt, and what the old one sealed is still read', async () => {
    await openInbox(redis, { encryptionKey: older, attempts: 1 }).put(contactMessage('old'))
    await openInbox(redis, { encryptionKey: [newer, older], attempts: 1 }).put(contactMessage('new'))
    const seen: unknown[] = []
    const worker = startWorker(redis, message => { seen.push(userOf(message)) }, { encryptionKey: [newer, older] })
    await eventually(() => seen.length, count => count === 2)
    await worker.close()
    await openInbox(redis, { encryptionKey: [newer, older], attempts: 1 }).put(contactMessage('newest'))
    startWorker(redis, message => { seen.push(userOf(message)) }, { encryptionKey: newer })
    await eventually(() => seen.length, count => count === 3)
    expect(seen).toEqual(['old', 'new', 'newest'])
  })

  test('that do not fit make a dead letter at once, with a code that says so; it runs when the right key is there', async () => {
    const inbox = openInbox(redis, { encryptionKey: older })
    await inbox.put(message)
    const errors: Error[] = []
    const wrong = startWorker(redis, () => { throw new Error('not reached') }, { encryptionKey: other, onError: error => { errors.push(error) } })
    await eventually(async () => (await inbox.counts()).failed, count => count === 1)
    await wrong.close()
    expect(wrong.outcomes).toMatchObject([{ outcome: 'dead', reason: 'WECOM_INBOX_UNREADABLE', attempt: 1 }])
    expect(errors).toMatchObject([{ code: 'WECOM_INBOX_UNREADABLE', message: expect.stringContaining('data under another key') as string }])
    expect(await inbox.deadLetters()).toMatchObject([{ key: message.key, message, reason: 'WECOM_INBOX_UNREADABLE', attempts: 1 }])
    expect(await openInbox(redis, { encryptionKey: other }).deadLetters()).toMatchObject([{ key: message.key, message: undefined }])
    const right = startWorker(redis, () => {}, { encryptionKey: older })
    expect(await inbox.retryDeadLetter(message.key)).toBe(true)
    await eventually(() => right.outcomes, outcomes => outcomes[0]?.outcome === 'completed')
  })

  test('bind a message to its job: what was moved to another is refused, and so is what somebody put in clear', async () => {
    const inbox = openInbox(redis)
    const target = contactMessage('lisi')
    await inbox.put(message)
    await inbox.put(target)
    const data = await client.hget(`bull:wecom-inbox:${message.key}`, 'data') ?? ''
    await client.hset(`bull:wecom-inbox:${target.key}`, 'data', data)
    await openInbox(redis, { encryptionKey: false }).put(contactMessage('mallory'))
    const seen: unknown[] = []
    startWorker(redis, message => { seen.push(userOf(message)) })
    await eventually(async () => (await inbox.counts()).failed, count => count === 2)
    expect(seen).toEqual(['zhangsan'])
  })

  test('and false in a list accept both while encryption is switched on', async () => {
    await openInbox(redis, { encryptionKey: false }).put(contactMessage('clear'))
    await openInbox(redis).put(contactMessage('sealed'))
    const seen: unknown[] = []
    startWorker(redis, message => { seen.push(userOf(message)) }, { encryptionKey: [ENCRYPTION_KEY, false] })
    await eventually(() => seen.length, count => count === 2)
  })

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'got nothing'], ['an empty list', [], 'got an empty list'], ['a passphrase', 'open sesame', 'got 11 characters'],
    ['too few bytes', randomBytes(16), 'got 16 bytes'], ['true', true, 'got a value of type boolean'], ['a list with one wrong', [older, 'x'], 'got 1 characters']
  ])('%s: an error that says how to make one, and that false is possible', (_name, encryptionKey, got) => {
    for (const make of [() => bullmqInbox({ connection: { port: 1 }, encryptionKey: encryptionKey as never }), () => createInboxWorker(() => {}, { connection: { port: 1 }, encryptionKey: encryptionKey as never })]) {
      expect(make).toThrow(got)
      expect(make).toThrow('encryptionKey: false')
    }
  })
})
