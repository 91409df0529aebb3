import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import wecom, { text, type WecomOptions } from '../../src/index.js'
import { gate } from '../support/gate.js'
import { newSettings } from '../support/requests.js'
import { contactEvent, deliverLikeWecom, replyOf, textMessage, type AttemptResult } from './wecom.js'

const settings = newSettings()

async function serve (handler: (request: FastifyRequest, reply: FastifyReply) => void, options: Partial<WecomOptions> = {}) {
  const lines: string[] = []
  let runs = 0
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } }, forceCloseConnections: true })
  await app.register(wecom, { path: '/cb', credentials: settings, closeGrace: 100, handler: (request, reply) => { runs++; handler(request, reply) }, ...options })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => { await app.close() })
  return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/cb`, lines, runs: () => runs }
}

test.each([
  ['reply.send()', (reply: FastifyReply) => { reply.send('raw') }],
  ['hijack()', (reply: FastifyReply) => { reply.hijack() }]
])('an answer by %s after WeCom hung up ends the run: the retry gets the empty answer, and one line says so', async (_name, answer) => {
  const { url, lines, runs } = await serve((_request, reply) => { reply.raw.once('close', () => { setImmediate(() => { answer(reply) }) }) })
  const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 1_000 })
  expect(results.map(({ status, body }) => [status, body])).toEqual([[0, ''], [200, '']])
  expect(runs()).toBe(1)
  expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([expect.stringContaining('after WeCom had its answer or had hung up')])
})

test('an answer by hand after the deadline ends the run and sends nothing', async () => {
  const end = gate()
  const { url, lines } = await serve((_request, reply) => { end.opened.then(() => { reply.send('raw') }, () => {}) }, { deadline: 100 })
  const [result] = await deliverLikeWecom(url, settings, contactEvent('a'))
  expect([result?.status, result?.body]).toEqual([200, ''])
  end.open()
  await expect.poll(() => lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([expect.stringContaining('after WeCom had its answer or had hung up')])
})

test.each<[string, unknown]>([
  ['a text()', text('hi')],
  ['a reply by its kind', { MsgType: 'text', Content: 'hi' }]
])('reply.send() of %s means reply.encrypted(): at once, and for the retry after WeCom hung up', async (_what, value) => {
  for (const when of ['at once', 'after WeCom hung up']) {
    const { url, lines } = await serve((_request, reply) => {
      if (when === 'at once') setTimeout(() => { reply.send(value) }, 0)
      else reply.raw.once('close', () => { setImmediate(() => { reply.send(value) }) })
    })
    const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 1_000 })
    expect(results[0]?.status).toBe(when === 'at once' ? 200 : 0)
    expect(replyOf(settings, results.at(-1) as AttemptResult)).toContain('<![CDATA[hi]]>')
    expect(lines).toEqual([])
  }
})

test('reply.send() of an object that is no reply is an answer by hand, and so is a reply with status 503', async () => {
  const { url, lines } = await serve((_request, reply) => { reply.send({ rows: 1 }) })
  const [result] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect([result?.status, result?.body]).toEqual([200, '{"rows":1}'])
  expect(lines.join()).toContain('answered with reply.send()')
  const { url: failing } = await serve((_request, reply) => { reply.code(503).send({ MsgType: 'text', Content: 'hi' }) })
  expect((await deliverLikeWecom(failing, settings, textMessage('1'), { retries: 0 }))[0]?.status).toBe(503)
})

test.each<[string, (reply: FastifyReply) => unknown]>([
  ['what no serializer can write', reply => reply.send({ rows: 1n })],
  ['a stream that breaks', reply => reply.send(new Readable({ read () { this.destroy(new Error('broken')) } }))],
  ['hijack() and a status of 503', reply => { reply.hijack(); reply.raw.statusCode = 503; reply.raw.end() }]
])('%s is a failure, told at once: the retry runs the handler again', async (_what, answer) => {
  const { url, runs } = await serve((_request, reply) => { answer(reply) })
  const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 2_000, retries: 1 })
  expect(results.map(({ status }) => Math.floor(status / 100))).toEqual([5, 5])
  expect(runs()).toBe(2)
})

test('an answer by hand that a hook of the app breaks is a failure as well, and the app\'s error handler is heard', async () => {
  const app = Fastify()
  onTestFinished(async () => { await app.close() })
  app.addHook('preSerialization', async () => { throw new Error('broken') })
  app.setErrorHandler((_error, _request, reply) => { reply.code(502).type('text/plain').send('bad') })
  let runs = 0
  await app.register(wecom, { path: '/cb', credentials: settings })
  app.post('/cb', (_request, reply) => { runs++; reply.send({ rows: 1 }) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/cb`
  const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 2_000, retries: 1 })
  expect(results.map(({ status, body }) => [status, body])).toEqual([[502, 'bad'], [502, 'bad']])
  expect(runs).toBe(2)
})
