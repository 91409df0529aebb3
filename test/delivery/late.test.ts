import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { counters, memoryStore, text, type AttemptStore, type WecomContext } from '../../src/index.js'
import { newSettings } from '../support/requests.js'
import { complaints, listenForTest, type ServerOptions } from '../support/server.js'
import { contactEvent, deliverLikeWecom, replyOf, textMessage, type AttemptResult } from './wecom.js'

const settings = newSettings()

async function serve (options: Omit<ServerOptions, 'credentials'>) {
  const server = await listenForTest({ credentials: settings, store: memoryStore(), ...options })
  return { server, url: `http://127.0.0.1:${server.port}/wecom` }
}

type Server = Awaited<ReturnType<typeof serve>>['server']

/** One attempt; WeCom hangs up when the handler has begun, and the server has noticed. */
async function hangUp (server: Server, url: string, message: string): Promise<AttemptResult[]> {
  const begun = async () => { await expect.poll(() => server.seen.length).toBe(1) }
  const results = await deliverLikeWecom(url, settings, message, { timeout: begun(), retries: 0 })
  await expect.poll(() => server.log.filter(({ outcome }) => outcome === 'hungUp').length).toBe(1)
  return results
}

const messages = (server: { log: Array<{ level: number, msg: string }> }) => complaints(server.log as never).map(({ msg }) => msg)

test('a reply that comes after the last attempt of WeCom has gone is late: counted, and logged with the cure', async () => {
  const before = counters().late
  const { server, url } = await serve({ reply: async () => { await sleep(1_200); return text('too late') } })
  const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 100, pause: 10 })
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0])
  await sleep(1_500)
  expect(messages(server)).toEqual([])
  await expect.poll(() => messages(server), { timeout: 8_000 }).toEqual([expect.stringContaining('the reply came too late')])
  expect(counters().late - before).toBe(1)
}, 15_000)

test('an error that comes then goes to onLateError and the log', async () => {
  const late: unknown[] = []
  const { server, url } = await serve({
    reply: async () => { await sleep(1_200); throw new Error('boom') },
    onLateError: (error, context) => { late.push([(error as Error).message, context.kind]) }
  })
  await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 100, pause: 10 })
  await expect.poll(() => late, { timeout: 9_000 }).toEqual([['boom', 'text']])
  expect(messages(server)).toEqual([expect.stringContaining('the handler failed after WeCom had given up')])
}, 15_000)

test('with onLateReply the hook gets a reply that nobody waits for, and later attempts the empty answer', async () => {
  const late: unknown[] = []
  const { url, server } = await serve({ deadline: 4_500, onLateReply: reply => { late.push(reply) }, reply: async () => { await sleep(500); return text('late') } })
  await hangUp(server, url, textMessage('1'))
  await expect.poll(() => late, { timeout: 9_000 }).toEqual([{ MsgType: 'text', Content: 'late' }])
  const [again] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect([again?.status, again?.body]).toEqual([200, ''])
  expect(server.seen).toHaveLength(1)
}, 15_000)

test('a retry that comes in time has the reply, and nothing is late', async () => {
  const before = counters().late
  const { server, url } = await serve({ reply: async () => { await sleep(300); return text('yes') } })
  await hangUp(server, url, textMessage('1'))
  await sleep(1_000)
  const [retry] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect(replyOf(settings, retry as never)).toContain('yes')
  await sleep(6_000)
  expect([messages(server), counters().late - before]).toEqual([[], 0])
}, 15_000)

test('a failure that nobody was told of is named once a retry has run the handler again', async () => {
  let runs = 0
  let fail = (): void => {}
  const failure = new Promise<never>((_resolve, reject) => { fail = () => { reject(new Error('boom')) } })
  const { server, url } = await serve({ reply: async () => { if (++runs === 1) await failure; return text('second') } })
  await hangUp(server, url, textMessage('1'))
  fail()
  const [retry] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect(replyOf(settings, retry as never)).toContain('second')
  expect(complaints(server.log).map(({ msg, err }) => [msg, (err as Error).message])).toEqual([[expect.stringContaining('WeCom has sent the message again since'), 'boom']])
})

test('what is still unclaimed when the server closes is told then', async () => {
  const late: unknown[] = []
  let fail = (): void => {}
  const failure = new Promise<never>((_resolve, reject) => { fail = () => { reject(new Error('boom')) } })
  const { server, url } = await serve({ reply: async () => await failure, onLateError: error => { late.push((error as Error).message) } })
  await hangUp(server, url, textMessage('1'))
  fail()
  await sleep(20)
  expect(late).toEqual([])
  await server.close()
  await expect.poll(() => late).toEqual(['boom'])
})

test('the signal aborts some seconds after the fourth attempt has gone, and not before', async () => {
  const contexts: WecomContext[] = []
  const { url } = await serve({ closeGrace: 50, reply: async context => { contexts.push(context); return await new Promise<undefined>(() => {}) } })
  await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 100, pause: 10 })
  await sleep(3_000)
  expect(contexts[0]?.signal.aborted).toBe(false)
  await expect.poll(() => contexts[0]?.signal.aborted, { timeout: 5_000 }).toBe(true)
}, 15_000)

test('the signal of a message that is acknowledged does not abort because WeCom hung up', async () => {
  const contexts: WecomContext[] = []
  const { url } = await serve({ deadline: 60_000, closeGrace: 50, reply: async context => { contexts.push(context); return await new Promise<undefined>(() => {}) } })
  await deliverLikeWecom(url, settings, contactEvent('a'), { timeout: 200, pause: 10 })
  await sleep(7_000)
  expect(contexts[0]?.signal.aborted).toBe(false)
}, 15_000)

test('a handler that outlives 5 seconds is named once', async () => {
  const { server, url } = await serve({ reply: async () => { await sleep(5_600); return text('slow') } })
  await deliverLikeWecom(url, settings, textMessage('1'))
  expect(server.log.filter(({ msg }) => msg.includes('longer than')).map(({ level, kind }) => [level, kind])).toEqual([[40, 'text']])
}, 15_000)

/** WeCom hangs up while a hook of the app holds the request, before the handler starts. */
async function hangUpBefore (options: Omit<ServerOptions, 'credentials'>) {
  let ask = (): void => {}
  const asked = new Promise<void>(resolve => { ask = resolve })
  const { server, url } = await serve({ ...options, credentials: async () => { ask(); await sleep(300); return settings } } as never)
  await deliverLikeWecom(url, settings, textMessage('1'), { timeout: asked, retries: 0 })
  return server
}

test('an error of a handler that starts when WeCom has hung up already, and fails at once, goes to onLateError', async () => {
  const late: unknown[] = []
  await hangUpBefore({ reply: () => { throw new Error('boom') }, onLateError: error => { late.push((error as Error).message) } })
  await expect.poll(() => late, { timeout: 9_000 }).toEqual(['boom'])
}, 15_000)

test('a reply of such a handler is late, and goes to onLateReply', async () => {
  const late: unknown[] = []
  const server = await hangUpBefore({ deadline: 4_500, reply: () => text('at once'), onLateReply: reply => { late.push(reply) } })
  await expect.poll(() => late, { timeout: 9_000 }).toEqual([{ MsgType: 'text', Content: 'at once' }])
  expect(server.seen).toHaveLength(1)
}, 15_000)

test('an error whose last attempt hangs up while a slow store takes it goes to onLateError', async () => {
  const late: unknown[] = []
  const inner = memoryStore()
  let take = (): void => {}
  const taking = new Promise<void>(resolve => { take = resolve })
  const store: AttemptStore = {
    async attach (...parameters) {
      const attempt = await inner.attach(...parameters)
      const { run } = attempt
      const never = new Promise<never>(() => {})
      return run === undefined ? attempt : { ...attempt, outcome: never, run: { ...run, settle: async settlement => { take(); await sleep(500); return await run.settle(settlement) } } }
    }
  }
  const { url } = await serve({ store, reply: async () => { throw new Error('boom') }, onLateError: error => { late.push((error as Error).message) } })
  await deliverLikeWecom(url, settings, textMessage('1'), { timeout: taking, retries: 0 })
  await expect.poll(() => late, { timeout: 9_000 }).toEqual(['boom'])
}, 15_000)
