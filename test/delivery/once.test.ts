import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import wecom, { memoryStore, text, type WecomContext } from '../../src/index.js'
import { newSettings, nowSeconds, openReply, signMessage, type Settings } from '../support/requests.js'
import { listenForTest, type ServerOptions } from '../support/server.js'
import { contactEvent, post, replyOf, textMessage, watchedStore, type AttemptResult } from './wecom.js'

async function serve (options: Omit<ServerOptions, 'credentials'> & { settings?: Settings } = {}) {
  const { settings = newSettings(), ...rest } = options
  const server = await listenForTest({ credentials: settings, store: memoryStore(), ...rest })
  const url = `http://127.0.0.1:${server.port}/wecom`
  const send = async (message: string, stamp = {}): Promise<AttemptResult> => {
    const { query, body } = signMessage(settings, message, 'xml', stamp)
    return await post(url, query, body)
  }
  return { server, settings, url, send, runs: () => server.seen.length }
}

describe('one message', () => {
  test('sent 100 times at once, each encrypted anew, is handled once, and all get the same reply', async () => {
    const { settings, send, runs } = await serve({ reply: async () => { await sleep(50); return text(String(Math.random())) } })
    const replies = (await Promise.all(Array.from({ length: 100 }, () => send(textMessage('1'))))).map(result => replyOf(settings, result))
    expect(runs()).toBe(1)
    expect(new Set(replies).size).toBe(1)
    expect(replies[0]).toContain('<Content>')
  })

  test('sent again after it was answered gets the same reply, sealed anew, and no handler runs', async () => {
    const { settings, send, runs } = await serve({ reply: () => text(String(Math.random())) })
    const [first, second] = [await send(textMessage('1')), await send(textMessage('1'))]
    expect(replyOf(settings, second)).toBe(replyOf(settings, first))
    expect(second.body).not.toBe(first.body)
    expect(runs()).toBe(1)
  })

  test('answered with nothing gets nothing again', async () => {
    const { send, runs } = await serve()
    expect([(await send(textMessage('1'))).body, (await send(textMessage('1'))).body]).toEqual(['', ''])
    expect(runs()).toBe(1)
  })

  test('whose handler fails is answered with 500 at once to all who wait, and handled again when it is sent again', async () => {
    let calls = 0
    const { store, attempts } = watchedStore()
    const reply = async ({ attempt }: WecomContext) => {
      await expect.poll(attempts).toBeGreaterThan(1)
      if (++calls === 1) throw new Error('boom')
      return text(`attempt ${attempt}`)
    }
    const { settings, server, send } = await serve({ store, reply })
    const [first, second] = await Promise.all([send(textMessage('1')), send(textMessage('1'))])
    expect([first.status, second.status]).toEqual([500, 500])
    expect(replyOf(settings, await send(textMessage('1')))).toContain('attempt 3')
    const failures = server.log.filter(line => line.code === 'WECOM_HANDLER_FAILED')
    expect(failures.map(({ kind, err }) => [kind, (err as { message?: string } | undefined)?.message])).toEqual([['text', 'boom'], ['text', undefined]])
  })

  test('answered by the handler\'s own hand gets the empty answer again', async () => {
    const settings = newSettings()
    const app = Fastify()
    await app.register(wecom, { path: '/cb', credentials: settings, handler: async (_request, reply) => await reply.send('mine') })
    const results = []
    while (results.length < 2) {
      const { query, body } = signMessage(settings, textMessage('1'))
      results.push((await app.inject({ method: 'POST', url: '/cb', query, payload: body })).body)
    }
    expect(results).toEqual(['mine', ''])
    await app.close()
  })
})

describe('messages are told apart', () => {
  test.each([
    ['by MsgId, not by the text around it', textMessage('1', 'a'), textMessage('1', 'b'), 1],
    ['by MsgId', textMessage('1'), textMessage('2'), 2],
    ['by the whole text where there is no id', contactEvent('a'), contactEvent('a'), 1],
    ['by the whole text of events in the same second', contactEvent('a'), contactEvent('b'), 2],
    ['by the app', textMessage('1'), textMessage('1').replace('<AgentID>1<', '<AgentID>2<'), 2],
    ['by the kind', textMessage('1'), textMessage('1').replace('<MsgType>text<', '<MsgType>image<'), 2]
  ])('%s', async (_name, first, second, expected) => {
    const { send, runs } = await serve()
    await send(first)
    await send(second)
    expect(runs()).toBe(expected)
  })

  test('by the receiveId', async () => {
    const settings = newSettings('corp1')
    const { url, runs } = await serve({ settings: { ...settings, receiveId: ['corp1', 'corp2'] as unknown as string } })
    for (const receiveId of ['corp1', 'corp2', 'corp1']) {
      const { query, body } = signMessage({ ...settings, receiveId }, textMessage('1'))
      await post(url, query, body)
    }
    expect(runs()).toBe(2)
  })

  test('by the tenant in the path, though keys and names be alike', async () => {
    const settings = newSettings('')
    const server = await listenForTest({ path: '/bot/:tenant', credentials: () => settings, store: memoryStore(), reply: ({ params }) => text(`for ${String(params.tenant)}`) })
    for (const tenant of ['a', 'b', 'a']) {
      const { query, body } = signMessage(settings, textMessage('1'))
      expect(replyOf(settings, await post(`http://127.0.0.1:${server.port}/bot/${tenant}`, query, body))).toContain(`for ${tenant}`)
    }
    expect(server.seen).toHaveLength(2)
  })

  test('a bot\'s retry with another response_url is the same message; polls of its stream are told apart by their msgid', async () => {
    const settings = newSettings('')
    const { url, runs } = await serve({ settings })
    const send = async (message: object) => {
      const { query, body } = signMessage(settings, JSON.stringify(message), 'json')
      return await post(url, query, body)
    }
    const message = { msgid: 'm1', aibotid: 'b', chattype: 'single', from: { userid: 'u' }, msgtype: 'text', text: { content: 'x' } }
    await send({ ...message, response_url: 'https://qyapi.weixin.qq.com/1' })
    await send({ ...message, response_url: 'https://qyapi.weixin.qq.com/2' })
    expect(runs()).toBe(1)
    const poll = { msgid: 'm2', aibotid: 'b', chattype: 'single', from: { userid: 'u' }, msgtype: 'stream', stream: { id: 's' } }
    await send(poll)
    await send(poll)
    expect(runs()).toBe(2)
    await send({ ...poll, msgid: 'm3' })
    expect(runs()).toBe(3)
  })
})

test('store: false runs the handler every time', async () => {
  const { send, runs } = await serve({ store: false })
  await send(textMessage('1'))
  await send(textMessage('1'))
  expect(runs()).toBe(2)
})

describe('a captured request', () => {
  test('sent again within the window runs no handler; after it, it is refused', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    onTestFinished(() => { vi.useRealTimers() })
    const settings = newSettings()
    const { url, runs, server } = await serve({ settings, reply: () => text('yes'), timestampTolerance: 2_000 })
    const { query, body } = signMessage(settings, textMessage('1'), 'xml', { timestamp: nowSeconds() })
    expect((await post(url, query, body)).status).toBe(200)
    const replayed = await post(url, query, body)
    expect(openReply(settings, replayed.body, 'xml').plaintext).toContain('yes')
    vi.advanceTimersByTime(3_100)
    expect((await post(url, query, body)).status).toBe(401)
    expect(runs()).toBe(1)
    expect(server.log.filter(line => line.code !== undefined).map(line => line.code)).toEqual(['WECOM_TIMESTAMP_OUT_OF_RANGE'])
  })
})
