import Fastify from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { bullmqInbox } from '../../src/bullmq/index.js'
import wecom, { type Inbox, type WecomContext, type WecomError } from '../../src/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { newSettings, signMessage } from '../support/requests.js'
import { THROWN } from '../support/thrown.js'
import { contactMessage, ENCRYPTION_KEY, eventually, openInbox, startWorker } from './support.js'

let redis: RedisServer

beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

/** An inbox as a class, which somebody else has written. */
class ListInbox implements Inbox {
  readonly #list: string[] = []
  #closed = false
  constructor (readonly answer: () => unknown = () => true) {}
  accepts (): boolean { return this.answer() as boolean }
  async put ({ key }: { key: string }): Promise<void> { this.#list.push(key) }
  async close (): Promise<void> { this.#closed = true }
  get state (): { put: number, closed: boolean } { return { put: this.#list.length, closed: this.#closed } }
}

class AsyncInbox {
  async accepts (): Promise<boolean> { return false }
  async put (): Promise<void> {}
}

async function answerOf (inbox: Inbox): Promise<{ statusCode: number, body: string, handled: number, codes: string[] }> {
  const settings = newSettings()
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  let handled = 0
  const codes: string[] = []
  await app.register(wecom, { path: '/wecom', credentials: settings, inbox, handler: async () => { handled++ }, onError: (error: WecomError) => { codes.push(error.code) } })
  const { query, body } = signMessage(settings, contactMessage('zhangsan').plaintext)
  const answer = await app.inject({ method: 'POST', url: '/wecom', query, body, headers: { 'content-type': 'text/xml' } })
  await app.close()
  return { statusCode: answer.statusCode, body: answer.body, handled, codes }
}

const PROMISES: Array<[string, () => unknown]> = [
  ['a promise of true', () => Promise.resolve(true)],
  ['a promise of false', () => Promise.resolve(false)],
  ['a promise that is rejected', () => Promise.reject(new Error('no'))],
  ['another thenable', () => ({ then (resolve: (value: boolean) => void) { resolve(false) } })]
]

test.each(PROMISES)('accept that returns %s is refused when it is asked: nothing is put, nothing is handled', async (_name, answer) => {
  const inbox = openInbox(redis, { accept: answer as () => boolean })
  expect(() => inbox.accepts({} as WecomContext)).toThrow('expected accept to return true or false, got a promise')
  expect(await answerOf(inbox)).toMatchObject({ statusCode: 500, handled: 0, codes: ['WECOM_OPTION_INVALID'] })
})

test.each(PROMISES)("so is another inbox's accepts: %s", async (_name, answer) => {
  const inbox = new ListInbox(answer)
  expect(await answerOf(inbox)).toMatchObject({ statusCode: 500, handled: 0, codes: ['WECOM_OPTION_INVALID'] })
  expect(inbox.state.put).toBe(0)
})

test('an async accept is refused at once, and an inbox with an async accepts when it is registered', async () => {
  expect(() => bullmqInbox({ connection: { port: redis.port }, encryptionKey: ENCRYPTION_KEY, accept: (async () => true) as never })).toThrow('expected accept to return true or false')
  await expect(answerOf(new AsyncInbox() as never)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining("the inbox's accepts() to return true or false") as string })
})

test('an inbox that is a class is asked, filled and closed as itself', async () => {
  const inbox = new ListInbox()
  expect(await answerOf(inbox)).toMatchObject({ statusCode: 200, handled: 0 })
  expect(inbox.state).toEqual({ put: 1, closed: true })
})

test('one inbox in two servers survives the closing of one, and is closed with the last', async () => {
  const inbox = new ListInbox()
  const apps = [Fastify(), Fastify()]
  for (const app of apps) await app.register(wecom, { path: '/wecom', credentials: newSettings(), inbox })
  await apps[0]?.close()
  expect(inbox.state.closed).toBe(false)
  await apps[1]?.close()
  expect(inbox.state.closed).toBe(true)
})

test.each(THROWN)('an accept that throws %s is a 503', async (_name, make) => {
  const inbox = openInbox(redis, { accept: () => { throw make() } })
  expect(await answerOf(inbox)).toMatchObject({ statusCode: 503, handled: 0, codes: ['WECOM_INBOX_UNAVAILABLE'] })
})

test('a worker whose handler throws whatever there is tries again, with a reason, and makes dead letters in the end', async () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', listen)
  onTestFinished(() => { process.off('unhandledRejection', listen) })
  const inbox = openInbox(redis, { attempts: 2, backoff: 1, queueName: 'thrown' })
  const things = new Map(THROWN.map(([name, make]) => [contactMessage(name).key, make]))
  for (const [name] of THROWN) await inbox.put(contactMessage(name))
  const worker = startWorker(redis, (_message, { key }) => { throw things.get(key)?.() }, {
    queueName: 'thrown',
    onLateError: error => { throw error },
    onOutcome: () => { throw Object.create(null) }
  })
  const letters = await eventually(async () => await inbox.deadLetters(), found => found.length === THROWN.length)
  expect(letters.every(({ reason, attempts }) => /^\w/.test(reason) && attempts === 2)).toBe(true)
  await worker.close()
  expect(unhandled).toEqual([])
})

test.each(THROWN)('an onError that throws %s harms nobody', async (_name, make) => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', listen)
  process.on('uncaughtException', listen)
  onTestFinished(() => {
    process.off('unhandledRejection', listen)
    process.off('uncaughtException', listen)
  })
  let calls = 0
  const inbox = bullmqInbox({ connection: { host: '127.0.0.1', port: 1 }, encryptionKey: ENCRYPTION_KEY, timeout: 100, onError: () => { calls++; throw make() } })
  await expect(inbox.put(contactMessage('zhangsan'))).rejects.toMatchObject({ code: 'WECOM_INBOX_UNAVAILABLE' })
  await inbox.close()
  expect(calls).toBeGreaterThan(0)
  expect(unhandled).toEqual([])
})
