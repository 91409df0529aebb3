import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import wecom, { memoryStore, text } from '../../src/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { contactEvent, post, replyOf, textMessage } from './wecom.js'

test.each([
  ['static credentials', '/:tenant', ['/a', '/b']],
  ['a wildcard', '/cb/*', ['/cb/a', '/cb/b', '/cb/a/b']],
  ['a look-up that folds case', '/:tenant', ['/Corp', '/corp', '/CORP']]
])('a captured request sent to another path parameter runs no handler (%s), and gets the answer of the first', async (how, path, urls) => {
  const settings = newSettings()
  const credentials = how.startsWith('a look-up')
    ? ({ params }: { params: Readonly<Record<string, unknown>> }) => String(params.tenant).toLowerCase() === 'corp' ? { ...settings, name: String(params.tenant) } : undefined
    : settings
  const server = await listenForTest({ path, credentials, store: memoryStore(), reply: () => text(String(Math.random())) })
  const { query, body } = signMessage(settings, textMessage('1'))
  const replies = []
  for (const url of urls) replies.push(replyOf(settings, await post(`http://127.0.0.1:${server.port}${url}`, query, body)))
  expect(server.seen).toHaveLength(1)
  expect(new Set(replies).size).toBe(1)
})

test('nor does one that is sent to another registration which shares the store', async () => {
  const settings = newSettings()
  const store = memoryStore()
  let runs = 0
  const app = Fastify()
  for (const path of ['/a', '/b']) await app.register(wecom, { path, credentials: settings, store, handler: async () => { runs++ } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => { await app.close() })
  const { port } = app.server.address() as AddressInfo
  const { query, body } = signMessage(settings, contactEvent('a'))
  for (const path of ['/a', '/b']) expect((await post(`http://127.0.0.1:${port}${path}`, query, body)).status).toBe(200)
  expect(runs).toBe(1)
})

test('nor where the one that it was sent to first has closed', async () => {
  const [settings, store] = [newSettings(), memoryStore()]
  const [first, other] = [await listenForTest({ path: '/a', credentials: settings, store }), await listenForTest({ path: '/b', credentials: settings, store })]
  const { query, body } = signMessage(settings, contactEvent('a'))
  await post(`http://127.0.0.1:${first.port}/a`, query, body)
  await first.close()
  expect((await post(`http://127.0.0.1:${other.port}/b`, query, body)).status).toBe(200)
  expect([first.seen.length, other.seen.length]).toEqual([1, 0])
})

test('a message that WeCom signs anew for another tenant is another message', async () => {
  const settings = newSettings()
  const server = await listenForTest({ path: '/:tenant', credentials: settings, store: memoryStore() })
  for (const tenant of ['a', 'b']) {
    const { query, body } = signMessage(settings, textMessage('1'))
    await post(`http://127.0.0.1:${server.port}/${tenant}`, query, body)
  }
  expect(server.seen).toHaveLength(2)
})

test('what is remembered outlives the tolerance by more than a minute, by a clock that does not jump', async () => {
  const settings = newSettings()
  const server = await listenForTest({ credentials: settings, store: memoryStore(), timestampTolerance: 300_000 })
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => { vi.useRealTimers() })
  const start = Math.floor(Date.now() / 1000) * 1000
  vi.setSystemTime(start)
  const { query, body } = signMessage(settings, contactEvent('a'), 'xml', { timestamp: String(start / 1000) })
  const send = async () => (await post(`http://127.0.0.1:${server.port}/wecom`, query, body)).status
  const statuses = [await send()]
  // Exactly at the edge, past it, and past it with a clock that was set back by a minute.
  vi.advanceTimersByTime(300_000)
  statuses.push(await send())
  vi.advanceTimersByTime(1)
  statuses.push(await send())
  vi.advanceTimersByTime(59_000)
  vi.setSystemTime(start + 300_000 - 900)
  statuses.push(await send())
  expect(statuses).toEqual([200, 200, 401, 200])
  expect(server.seen).toHaveLength(1)
})

test('two apps on one URL without names do not swallow each other\'s events; keys in rotation that share a name are one app', async () => {
  const [one, other] = [newSettings(), newSettings()]
  for (const [name, expected] of [[undefined, 2], ['app', 1]] as const) {
    const named = [one, other].map(settings => ({ ...settings, ...(name === undefined ? {} : { name }) }))
    const server = await listenForTest({ credentials: named, store: memoryStore() })
    for (const settings of [one, other]) {
      const { query, body } = signMessage({ ...settings, receiveId: one.receiveId }, contactEvent('a'))
      expect((await post(`http://127.0.0.1:${server.port}/wecom`, query, body)).status).toBe(200)
    }
    expect(server.seen).toHaveLength(expected)
  }
})

test('nor does it reach an inbox twice', async () => {
  const settings = newSettings()
  const keys: string[] = []
  const server = await listenForTest({ path: '/:tenant', credentials: settings, store: memoryStore(), inbox: { accepts: () => true, put: async ({ key }) => { keys.push(key) } } })
  const { query, body } = signMessage(settings, contactEvent('a'))
  for (const tenant of ['a', 'b']) expect((await post(`http://127.0.0.1:${server.port}/${tenant}`, query, body)).status).toBe(200)
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size, 'the inbox knows the second as a repeat').toBe(1)
})
