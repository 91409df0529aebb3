import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import wecom, { text, type WecomOptions } from '../../src/index.js'
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
  const { url, lines, runs } = await serve((_request, reply) => { setTimeout(() => { answer(reply) }, 300) })
  const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 200 })
  expect(results.map(({ status, body }) => [status, body])).toEqual([[0, ''], [200, '']])
  expect(runs()).toBe(1)
  expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([expect.stringContaining('when WeCom had its answer, or had hung up')])
})

test('an answer by hand after the deadline ends the run and sends nothing', async () => {
  const { url, lines } = await serve((_request, reply) => { setTimeout(() => { reply.send('raw') }, 200) }, { deadline: 100 })
  const [result] = await deliverLikeWecom(url, settings, contactEvent('a'))
  expect([result?.status, result?.body]).toEqual([200, ''])
  await sleep(250)
  expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([expect.stringContaining('when WeCom had its answer, or had hung up')])
})

test.each<[string, unknown]>([
  ['a text()', text('hi')],
  ['a reply by its kind', { MsgType: 'text', Content: 'hi' }]
])('reply.send() of %s means reply.encrypted(): at once, and for the retry after WeCom hung up', async (_what, value) => {
  for (const ms of [0, 300]) {
    const { url, lines } = await serve((_request, reply) => { setTimeout(() => { reply.send(value) }, ms) })
    const results = await deliverLikeWecom(url, settings, textMessage('1'), { timeout: 200 })
    expect(replyOf(settings, results.at(-1) as AttemptResult)).toContain('<![CDATA[hi]]>')
    expect(lines).toEqual([])
  }
})

test('reply.send() of an object that is no reply is an answer by hand, and so is a reply with status 503', async () => {
  const { url, lines } = await serve((_request, reply) => { reply.send({ rows: 1 }) })
  const [result] = await deliverLikeWecom(url, settings, textMessage('1'))
  expect([result?.status, result?.body]).toEqual([200, '{"rows":1}'])
  expect(lines.join()).toContain('answered by reply.send()')
  const { url: failing } = await serve((_request, reply) => { reply.code(503).send({ MsgType: 'text', Content: 'hi' }) })
  expect((await deliverLikeWecom(failing, settings, textMessage('1'), { retries: 0 }))[0]?.status).toBe(503)
})
