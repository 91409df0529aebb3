import { UnrecoverableError } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createInboxWorker, type InboxContext } from '../../src/bullmq/index.js'
import { text, type LateReply } from '../../src/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { THROWN } from '../support/thrown.js'
import { contactMessage, ENCRYPTION_KEY, eventually, openInbox, startWorker, textMessage } from './support.js'

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

describe('a handler', () => {
  test('gets the message and the context as the server had them, with key, attempt, signal and log', async () => {
    const put = contactMessage('zhangsan', '张三')
    await openInbox(redis).put(put)
    const seen: Array<{ message: object, context: InboxContext }> = []
    const { outcomes, lines } = startWorker(redis, { handle: async (message, context) => { seen.push({ message, context }); context.log.info('seen') } })
    await eventually(() => outcomes.length, count => count === 1)
    expect(seen[0]?.message).toEqual({ ToUserName: 'ww1234567890abcdef', FromUserName: 'sys', CreateTime: 1403610513, MsgType: 'event', Event: 'change_contact', ChangeType: 'create_user', UserID: 'zhangsan', Name: '张三' })
    expect(seen[0]?.context).toMatchObject({ ...put, attempt: 1, attemptsLeft: 9 })
    expect(seen[0]?.context.signal.aborted).toBe(false)
    expect(outcomes).toEqual([{ key: put.key, kind: put.kind, attempt: 1, outcome: 'completed', ms: expect.any(Number) as number }])
    expect(lines.map(({ level, fields, msg }) => [level, fields, msg])).toEqual([
      ['info', { kind: put.kind, key: put.key.slice(0, 8), attempt: 1 }, 'seen'],
      ['info', { kind: put.kind, key: put.key.slice(0, 8), attempt: 1, outcome: 'completed', ms: expect.any(Number) as number }, 'WeCom message from the inbox']
    ])
  })

  test('that fails is called again, later and later, and then its message is a dead letter that can be read, retried and discarded', async () => {
    const inbox = openInbox(redis, { attempts: 3, backoff: 100 })
    const message = contactMessage('zhangsan')
    await inbox.put(message)
    await inbox.put(contactMessage('lisi'))
    const calls: number[] = []
    const lateErrors: Array<[unknown, number]> = []
    let broken = true
    const { outcomes } = startWorker(redis, (_message, context) => {
      if (context.key !== message.key) return
      calls.push(Date.now())
      if (broken) throw Object.assign(new TypeError('the database said: 张三'), { code: 'EDB' })
    }, { onLateError: (error, context) => { lateErrors.push([error, context.attemptsLeft]) } })
    const [letter] = await eventually(async () => await inbox.deadLetters(), letters => letters.length === 1)
    expect(letter).toEqual({ key: message.key, message, failedAt: expect.any(Date) as Date, attempts: 3, reason: 'TypeError EDB' })
    expect(outcomes.filter(({ key }) => key === message.key)).toMatchObject([
      { attempt: 1, outcome: 'retried', reason: 'TypeError EDB' }, { attempt: 2, outcome: 'retried' }, { attempt: 3, outcome: 'dead' }
    ])
    expect(lateErrors.map(([error, left]) => [(error as Error).message, left])).toEqual([['the database said: 张三', 2], ['the database said: 张三', 1], ['the database said: 张三', 0]])
    const [first, second, third] = calls as [number, number, number]
    expect(second - first).toBeGreaterThanOrEqual(50)
    expect(third - second).toBeGreaterThanOrEqual(100)

    // WeCom's retry of a dead letter is none either: it is kept, not lost.
    await inbox.put(message)
    expect(await inbox.counts()).toMatchObject({ waiting: 0, failed: 1 })

    broken = false
    expect(await inbox.retryDeadLetter(message.key)).toBe(true)
    await eventually(() => outcomes.at(-1), outcome => outcome?.outcome === 'completed' && outcome.attempt === 4)
    expect(await inbox.retryDeadLetter(message.key)).toBe(false)
    expect(await inbox.discardDeadLetter(message.key)).toBe(false)
    expect(await inbox.deadLetters()).toEqual([])
  })

  test('that throws an UnrecoverableError is not called again; the dead letter can be discarded', async () => {
    const inbox = openInbox(redis)
    await inbox.put(contactMessage('zhangsan'))
    startWorker(redis, () => { throw new UnrecoverableError('张三 is unknown') })
    const [letter] = await eventually(async () => await inbox.deadLetters(), letters => letters.length === 1)
    expect(letter).toMatchObject({ attempts: 1, reason: 'UnrecoverableError' })
    expect(await inbox.discardDeadLetter(letter?.key ?? '')).toBe(true)
    expect(await inbox.counts()).toMatchObject({ failed: 0 })
  })

  test('that throws what BullMQ would take for an order of its own has failed, no more', async () => {
    const inbox = openInbox(redis, { attempts: 1 })
    const errors = [Object.assign(new Error('bullmq:rateLimitExceeded'), {}), Object.assign(new Error('x'), { name: 'DelayedError' }), Object.assign(new Error('x'), { name: 'WaitingError' }), 'a text', undefined]
    for (const index of errors.keys()) await inbox.put(contactMessage(String(index)))
    let index = 0
    startWorker(redis, () => { throw errors[index++] }, { concurrency: 1 })
    const letters = await eventually(async () => await inbox.deadLetters(), found => found.length === errors.length)
    expect(letters.map(({ reason }) => reason).sort()).toEqual(['DelayedError', 'Error', 'Error', 'Error', 'WaitingError'])
  })

  test('that throws what is no error has failed, whatever it is', async () => {
    const inbox = openInbox(redis, { attempts: 1 })
    for (const [index] of THROWN.entries()) await inbox.put(contactMessage(String(index)))
    let index = 0
    startWorker(redis, () => { throw THROWN[index++]?.[1]() }, { concurrency: 1, onLateError: error => { throw error } })
    const letters = await eventually(async () => await inbox.deadLetters(), found => found.length === THROWN.length)
    expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['Error']))
  })

  test('runs as often at a time as concurrency says', async () => {
    const inbox = openInbox(redis)
    for (let i = 0; i < 12; i++) await inbox.put(contactMessage(String(i)))
    let running = 0
    let most = 0
    const { outcomes } = startWorker(redis, async () => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setTimeout(resolve, 30))
      running--
    }, { concurrency: 4 })
    await eventually(() => outcomes.length, count => count === 12)
    expect(most).toBe(4)
  })
})

describe('dead letters', () => {
  test('are listed latest first, in pages, until they are too old', async () => {
    const inbox = openInbox(redis, { attempts: 1, deadLetterAge: 4_000 })
    startWorker(redis, () => { throw new Error('no') }, { concurrency: 1 })
    for (const id of ['a', 'b', 'c']) {
      await inbox.put(contactMessage(id))
      await eventually(async () => (await inbox.counts()).failed, count => count === 'abc'.indexOf(id) + 1)
    }
    const keys = (await inbox.deadLetters()).map(({ key }) => key)
    expect(keys).toEqual(['c', 'b', 'a'].map(id => contactMessage(id).key))
    expect((await inbox.deadLetters({ start: 1, limit: 1 })).map(({ key }) => key)).toEqual([keys[1]])
    await eventually(async () => await inbox.deadLetters(), letters => letters.length === 0)
    expect(await client.keys('*:wecom-inbox:????????????????????????*')).toEqual([])
  })
})

describe('a reply', () => {
  async function handled (reply: unknown, onLateReply?: (reply: LateReply, context: InboxContext) => unknown) {
    const inbox = openInbox(redis, { attempts: 2, backoff: 1 })
    await inbox.put(textMessage('1', 'hi'))
    const errors: unknown[] = []
    const worker = startWorker(redis, async () => reply as object, { ...(onLateReply === undefined ? {} : { onLateReply }), onLateError: error => { errors.push(error) } })
    await eventually(async () => await inbox.counts(), ({ completed, failed }) => completed + failed === 1)
    await worker.close()
    return { errors, lines: worker.lines, outcomes: worker.outcomes }
  }

  test.each([
    [text('hello'), { MsgType: 'text', Content: 'hello' }],
    [{ MsgType: 'image', Image: { MediaId: 'm' } }, { MsgType: 'image', Image: { MediaId: 'm' } }]
  ])('goes to onLateReply with the context: %j', async (reply, seen) => {
    const calls: unknown[] = []
    await handled(reply, (value, { key }) => { calls.push([value, key]) })
    expect(calls).toEqual([[seen, textMessage('1', 'hi').key]])
  })

  test.each([[undefined], [''], ['success']])('that says nothing (%j) does not', async reply => {
    const calls: unknown[] = []
    const { lines } = await handled(reply, value => { calls.push(value) })
    expect(calls).toEqual([])
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test('that onLateReply fails to send is made and sent again', async () => {
    let calls = 0
    const { outcomes } = await handled(text('hello'), () => { if (++calls === 1) throw new Error('no') })
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['retried', 'completed'])
  })

  test('without onLateReply is dropped with a warning', async () => {
    const { lines } = await handled(text('hello'))
    expect(lines.find(({ level }) => level === 'warn')?.msg).toContain('Set onLateReply')
  })

  test('that is none is reported; the handler is not called again, as its work is done', async () => {
    const { errors, outcomes } = await handled(42)
    expect(errors).toMatchObject([{ code: 'WECOM_REPLY_INVALID' }])
    expect(outcomes).toMatchObject([{ outcome: 'completed' }])
  })
})

test('a logger without child is context.log itself, and the lines of the worker name the message', async () => {
  const put = textMessage('7', 'x')
  await openInbox(redis).put(put)
  const lines: unknown[][] = []
  const log = { info (...line: unknown[]) { lines.push(line) }, warn () {}, error (...line: unknown[]) { lines.push(line) } }
  let seen: unknown
  const worker = createInboxWorker((_message, context) => { seen = context.log; return 'hello' as never }, {
    connection: { host: '127.0.0.1', port: redis.port }, encryptionKey: ENCRYPTION_KEY, log
  })
  onTestFinished(async () => { await worker.close() })
  await eventually(() => lines.length, count => count === 2)
  expect(seen).toBe(log)
  const named = { kind: put.kind, key: put.key.slice(0, 8), attempt: 1 }
  expect(lines).toMatchObject([[named, 'the handler returned something that is not a reply'], [named, 'WeCom message from the inbox']])
})

test.each<[string, object]>([
  ['throws', { child () { throw new Error('no child') } }],
  ['returns no logger', { child: () => undefined }]
])('a logger whose child %s, and whose methods throw, costs no message its handling', async (_, extra) => {
  await openInbox(redis).put(textMessage(String(_.length), 'x', `child-${_.length}`.padEnd(43, 'x')))
  const full = (): never => { throw new Error('the disk is full') }
  let handled = 0
  const outcomes: string[] = []
  const worker = createInboxWorker((_message, context) => { handled++; expect(context.log.warn).toBe(full); return 'hello' as never }, {
    connection: { host: '127.0.0.1', port: redis.port }, encryptionKey: ENCRYPTION_KEY, log: { info: full, warn: full, error: full, ...extra }, onOutcome: ({ outcome }) => { outcomes.push(outcome) }
  })
  onTestFinished(async () => { await worker.close() })
  await eventually(() => outcomes.length, count => count === 1)
  expect([handled, ...outcomes]).toEqual([1, 'completed'])
})

test('hooks that throw harm nothing', async () => {
  const inbox = openInbox(redis, { attempts: 2, backoff: 1 })
  await inbox.put(contactMessage('zhangsan'))
  const fail = (): void => { throw new Error('hook') }
  let calls = 0
  const { lines } = startWorker(redis, () => { if (++calls === 1) fail() }, { onLateError: fail, onOutcome: fail })
  await eventually(async () => (await inbox.counts()).completed, count => count === 1)
  await eventually(() => lines.filter(({ msg }) => /^on\w+ failed$/.test(msg)).length, count => count === 3)
})

test('a worker counts too', async () => {
  await openInbox(redis).put(contactMessage('zhangsan'))
  const worker = startWorker(redis, () => {})
  await eventually(async () => (await worker.counts()).completed, count => count === 1)
})

test.each<[string, unknown, object]>([
  ['a router or a function', undefined, {}], ['concurrency', () => {}, { concurrency: 0 }], ['closeGrace', () => {}, { closeGrace: -1 }], ['lockDuration', () => {}, { lockDuration: Infinity }],
  ['stalledInterval', () => {}, { stalledInterval: 0 }], ['maxStalledCount', () => {}, { maxStalledCount: 1.5 }], ['queueName', () => {}, { queueName: '' }]
])('%s: refused at once, by name', (name, handler, options) => {
  expect(() => createInboxWorker(handler as never, { connection: { port: redis.port }, encryptionKey: ENCRYPTION_KEY, ...options })).toThrow(name)
})
