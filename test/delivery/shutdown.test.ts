import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import wecom, { memoryStore, text, type AttemptStore } from '../../src/index.js'
import { checkPluginOptions } from '../../src/fastify/options.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listen } from '../support/server.js'
import { contactEvent, post, replyOf, textMessage, watchedStore } from './wecom.js'

const settings = newSettings()

async function start (options: Parameters<typeof listen>[0]) {
  const server = await listen({ store: memoryStore(), ...options, server: { forceCloseConnections: false, ...options.server } })
  const send = async (message: string) => {
    const { query, body } = signMessage(settings, message)
    // WeCom would have hung up before the longest grace here is over.
    return await post(`http://127.0.0.1:${server.port}/wecom`, query, body, 20_000)
  }
  return { server, send }
}

test('running handlers finish within the grace, and the requests that wait for them are answered', async () => {
  const { store, attempts } = watchedStore()
  const { server, send } = await start({ credentials: settings, store, reply: async () => { await sleep(300); return text('yes') }, closeGrace: 5_000 })
  const pending = [send(textMessage('1')), send(textMessage('1'))]
  // Both have arrived, however busy the machine.
  await expect.poll(attempts).toBe(2)
  const startedAt = Date.now()
  await server.close()
  // Not the whole grace.
  expect(Date.now() - startedAt).toBeLessThan(4_000)
  for (const result of await Promise.all(pending)) expect(replyOf(settings, result)).toContain('yes')
  expect(server.seen).toHaveLength(1)
})

test('after the grace signals abort, those who wait get 503, and the key is free for another process', async () => {
  const failed: string[] = []
  const { server, send } = await start({
    credentials: settings,
    reply: async ({ signal }) => await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { failed.push((signal.reason as Error).message); reject(new Error('stopped')) }) }),
    closeGrace: 200
  })
  const pending = send(textMessage('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  await server.close()
  expect((await pending).status).toBe(503)
  expect(failed).toEqual(['the server closes'])
  expect(server.log.filter(line => line.code !== undefined).map(line => line.code)).toEqual(['WECOM_SHUTTING_DOWN'])
})

test('a handler that sends by itself when its signal aborts is too late: WeCom gets 503', async () => {
  const app = Fastify()
  let begun = false
  await app.register(wecom, {
    path: '/wecom',
    credentials: settings,
    closeGrace: 100,
    handler: (request, reply) => { begun = true; request.wecom.signal.addEventListener('abort', () => { reply.send('bye') }) }
  })
  const { query, body } = signMessage(settings, textMessage('1'))
  const pending = app.inject({ method: 'POST', url: '/wecom', query, payload: body })
  await expect.poll(() => begun).toBe(true)
  await app.close()
  const { statusCode, payload } = await pending
  expect([statusCode, payload]).toEqual([503, 'Service Unavailable'])
})

test('a message that was acknowledged and is cut off by the shutdown is told to onLateError and the log', async () => {
  const late: unknown[] = []
  const { server, send } = await start({ credentials: settings, deadline: 50, closeGrace: 100, reply: async () => await new Promise<undefined>(() => {}), onLateError: (error, context) => { late.push([(error as Error).message, context.kind]) } })
  expect((await send(contactEvent('a'))).status).toBe(200)
  await server.close()
  await expect.poll(() => late).toEqual([['the server closes', 'event.change_contact.create_user']])
  expect(server.log.some(({ msg }) => msg.includes('failed after the message was acknowledged'))).toBe(true)
})

test('messages that come while the server closes get 503', async () => {
  let release = () => {}
  const { server, send } = await start({ credentials: settings, reply: async () => await new Promise<undefined>(resolve => { release = () => { resolve(undefined) } }) })
  const first = send(textMessage('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  const closed = server.close()
  await sleep(20)
  expect((await send(textMessage('2'))).status).toBe(503)
  release()
  expect((await first).status).toBe(200)
  await closed
  expect(server.seen).toHaveLength(1)
})

test('the store is closed last', async () => {
  const order: string[] = []
  const inner = memoryStore()
  const store: AttemptStore = { attach: async (...parameters) => await inner.attach(...parameters), close: async () => { order.push('store') } }
  const { server, send } = await start({ credentials: settings, store, reply: async () => { await sleep(100); order.push('handler'); return undefined } })
  const pending = send(textMessage('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  await server.close()
  await pending
  expect(order).toEqual(['handler', 'store'])
})

test.each([
  ['as it is by default', {}, 8_000],
  ['where it is raised', { pluginTimeout: 60_000 }, 10_000],
  ['where there is none', { pluginTimeout: 0 }, 10_000],
  ['where it is short', { pluginTimeout: 1_000 }, 800]
])('the grace fits into pluginTimeout %s', (_name, server, closeGrace) => {
  expect(checkPluginOptions(Fastify(server).initialConfig, { path: '/cb', credentials: settings }).callbacks.closeGrace).toBe(closeGrace)
})

test('app.close() ends in time though a handler hangs, with the grace that is the default', async () => {
  const { server, send } = await start({ credentials: settings, reply: async () => await new Promise<never>(() => {}), server: { pluginTimeout: 5_000 }, closeGrace: undefined })
  const pending = send(textMessage('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  const startedAt = Date.now()
  await server.close()
  expect(Date.now() - startedAt).toBeGreaterThan(3_900)
  expect((await pending).status).toBe(503)
})

test.each([
  [10_000, {}, 'at most 9000, nine tenths of Fastify\'s pluginTimeout of 10000, after which app.close() rejects with AVV_ERR_READY_TIMEOUT, got 10000. Leave it out for 8000, or raise the limit with Fastify({ pluginTimeout: 12000 })'],
  [950, { pluginTimeout: 1_000 }, 'at most 900']
])('a grace of %i that app.close() cannot wait for is refused at registration', async (closeGrace, server, message) => {
  const app = Fastify(server)
  await expect(async () => await app.register(wecom, { path: '/cb', credentials: settings, closeGrace, handler: () => '' })).rejects.toThrow(message)
})

test.each([
  ['the default grace', undefined],
  ['the largest grace', 5_400]
])('app.close() ends in time though a handler and the store hang, with %s', async (_name, closeGrace) => {
  const inner = memoryStore()
  const hanging = async () => await new Promise<never>(() => {})
  const store: AttemptStore = {
    async attach (...parameters) {
      const attempt = await inner.attach(...parameters)
      return attempt.run === undefined ? attempt : { ...attempt, run: { ...attempt.run, settle: hanging, collected: hanging } }
    }
  }
  const { server, send } = await start({ credentials: settings, store, reply: hanging, server: { pluginTimeout: 6_000 }, closeGrace })
  const pending = send(textMessage('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  await server.close()
  expect((await pending).status).toBe(503)
})

test.each([
  ['without a store', { store: false as const }, false],
  ['whose handler has written into the key of its context', {}, true]
])('a server %s acknowledges at the deadline what it has still time for while it closes', async (_name, options, writes) => {
  const { server, send } = await start({
    credentials: settings,
    deadline: 500,
    closeGrace: 5_000,
    ...options,
    reply: async context => {
      if (writes) Object.assign(context, { key: 'another' })
      await sleep(1_500)
    }
  })
  const pending = send(contactEvent('1'))
  await expect.poll(() => server.seen).toHaveLength(1)
  const closing = server.close()
  expect((await pending).status).toBe(200)
  await closing
})
