import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { memoryStore, text, type WecomContext } from '../../src/index.js'
import { gate } from '../support/gate.js'
import { newSettings } from '../support/requests.js'
import { complaints, listenForTest, type ServerOptions } from '../support/server.js'
import { contactEvent, deliverLikeWecom, replyOf, textMessage } from './wecom.js'

const settings = newSettings()

async function serve (options: Omit<ServerOptions, 'credentials'>) {
  const server = await listenForTest({ credentials: settings, store: memoryStore(), ...options })
  return { server, url: `http://127.0.0.1:${server.port}/wecom` }
}

describe('a message that takes a passive reply, without a hook', () => {
  test('whose handler takes 7 seconds: WeCom hangs up, its retry collects the reply, one run', async () => {
    const { server, url } = await serve({ reply: async () => { await sleep(7_000); return text('slow but sure') } })
    const results = await deliverLikeWecom(url, settings, textMessage('1'))
    expect(results.map(({ status }) => status)).toEqual([0, 200])
    expect(replyOf(settings, results[1] as never)).toContain('slow but sure')
    expect(server.seen).toHaveLength(1)
    expect(server.log.filter(({ msg }) => msg === 'WeCom message').map(({ outcome, attempt }) => [outcome, attempt])).toEqual([['hungUp', 1], ['answered', 2]])
  }, 20_000)

  test('may be answered by a later retry', async () => {
    const { open, opened } = gate()
    const { server, url } = await serve({ reply: async () => { await opened; return text('yes') } })
    const message = (attempt: number) => { if (attempt === 3) open(); return textMessage('1') }
    const results = await deliverLikeWecom(url, settings, message, { timeout: 1_000, pause: 20 })
    expect(results.map(({ status }) => status)).toEqual([0, 0, 200])
    expect(server.seen).toHaveLength(1)
  })
})

describe('a message that takes a passive reply, with onLateReply', () => {
  test('is acknowledged at the deadline; the hook gets the reply, retries get the empty answer', async () => {
    const late: unknown[] = []
    const { open, opened } = gate()
    const { server, url } = await serve({
      deadline: 200,
      onLateReply: (reply, context) => { late.push([reply, context.kind]) },
      reply: async () => { await opened; return text('late') }
    })
    const [first] = await deliverLikeWecom(url, settings, textMessage('1'))
    const [second] = await deliverLikeWecom(url, settings, textMessage('1'))
    expect([first?.status, first?.body, second?.body]).toEqual([200, '', ''])
    // Not at the default deadline of 4 500.
    expect(first?.ms).toBeLessThan(4_000)
    open()
    await expect.poll(() => late).toEqual([[{ MsgType: 'text', Content: 'late' }, 'text']])
    expect(server.seen).toHaveLength(1)
  })

  test('answered in time gets its reply, and the hook nothing', async () => {
    const late: unknown[] = []
    const { url } = await serve({ deadline: 2_000, onLateReply: reply => { late.push(reply) }, reply: () => text('yes') })
    const [result] = await deliverLikeWecom(url, settings, textMessage('1'))
    expect(replyOf(settings, result as never)).toContain('yes')
    await sleep(2_100)
    expect(late).toEqual([])
  })
})

describe('a message without a passive reply', () => {
  test('is acknowledged at the deadline, hook or not, and its handler runs on', async () => {
    let done = false
    const { open, opened } = gate()
    const { server, url } = await serve({ deadline: 150, reply: async () => { await opened; done = true } })
    const [result] = await deliverLikeWecom(url, settings, contactEvent('a'))
    expect([result?.status, result?.body, done]).toEqual([200, '', false])
    open()
    await expect.poll(() => done).toBe(true)
    await sleep(50)
    expect(complaints(server.log)).toEqual([])
  })

  test('whose handler fails later tells onLateError and the log, and is not handled again', async () => {
    const errors: unknown[] = []
    const { open, opened } = gate()
    const { server, url } = await serve({
      deadline: 100,
      onLateError: (error, context) => { errors.push([(error as Error).message, context.kind]) },
      reply: async () => { await opened; throw new Error('boom') }
    })
    const [result] = await deliverLikeWecom(url, settings, contactEvent('a'))
    expect(result?.status).toBe(200)
    open()
    await expect.poll(() => errors).toEqual([['boom', 'event.change_contact.create_user']])
    await expect.poll(() => complaints(server.log).map(({ msg, kind }) => [msg, kind])).toEqual([['the handler failed after the message was acknowledged: WeCom will not send it again', 'event.change_contact.create_user']])
    await deliverLikeWecom(url, settings, contactEvent('a'))
    expect(server.seen).toHaveLength(1)
  })

  test('of a suite that must be answered within a second: a create_auth handler of 4 seconds is acknowledged in time and completes', async () => {
    let done = false
    const { url } = await serve({ reply: async () => { await sleep(4_000); done = true } })
    const notice = '<xml><SuiteId>s</SuiteId><AuthCode>c</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>'
    const [result] = await deliverLikeWecom(url, settings, notice)
    expect([result?.status, result?.body, done]).toEqual([200, 'success', false])
    // After 900 ms, and what a busy machine adds: neither when the handler ends nor at the deadline of other messages.
    expect(result?.ms).toBeLessThan(2_500)
    await expect.poll(() => done).toBe(true)
  }, 10_000)
})

test('a handler that never ends keeps nobody: WeCom hangs up and others are answered', async () => {
  const contexts: WecomContext[] = []
  const { server, url } = await serve({ reply: async context => { contexts.push(context); return context.message.MsgType === 'text' && context.message.Content === 'hang' ? await new Promise<undefined>(() => {}) : text('yes') }, closeGrace: 50 })
  const results = await deliverLikeWecom(url, settings, textMessage('1', 'hang'), { timeout: 200, pause: 10 })
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0])
  const [other] = await deliverLikeWecom(url, settings, textMessage('2'))
  expect(replyOf(settings, other as never)).toContain('yes')
  expect(contexts).toHaveLength(2)
  await server.close()
  expect(contexts[0]?.signal.aborted).toBe(true)
})

test('a reply over a megabyte goes back whole', async () => {
  const content = '好'.repeat(400_000)
  const { url } = await serve({ reply: () => `<xml><Content><![CDATA[${content}]]></Content></xml>` })
  const [result] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect(replyOf(settings, result as never)).toBe(`<xml><Content><![CDATA[${content}]]></Content></xml>`)
})
