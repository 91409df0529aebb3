import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import wecom, { counters, text, type WecomOptions } from '../../src/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { deliverLikeWecom, post, replyOf, textMessage } from './wecom.js'

const settings = newSettings()

async function serve (app: FastifyInstance, options: Partial<WecomOptions>): Promise<number> {
  await app.register(wecom, { path: '/cb', credentials: settings, closeGrace: 100, ...options })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => { await app.close() })
  return (app.server.address() as AddressInfo).port
}

test.each([{ logger: false }, { logger: { level: 'silent' } }])('the time that hooks of the app take counts towards the deadline (%j)', async server => {
  const app = Fastify({ ...server, forceCloseConnections: true })
  app.addHook('onRequest', async () => { await sleep(800) })
  const port = await serve(app, { handler: async () => { await sleep(4_000) } })
  const { query, body } = signMessage(settings, '<xml><SuiteId>s</SuiteId><AuthCode>c</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>')
  const result = await post(`http://127.0.0.1:${port}/cb`, query, body)
  expect([result.status, result.body]).toEqual([200, 'success'])
  // 900 ms in all. Counted from the handler's start they would end at 1 700.
  expect(result.ms).toBeLessThan(1_600)
})

test('over HTTP/2, a client that resets its stream has hung up: the retry gets the reply', async () => {
  const lines: string[] = []
  let runs = 0
  const app = Fastify({ http2: true, logger: { stream: { write: (line: string) => { lines.push(line) } } }, forceCloseConnections: true }) as unknown as FastifyInstance
  const port = await serve(app, { handler: async () => { runs++; await sleep(500); return text('yes') } })
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`)
  onTestFinished(() => { session.destroy() })
  const send = () => {
    const { query, body } = signMessage(settings, textMessage('1'))
    const stream = session.request({ ':method': 'POST', ':path': `/cb?${new URLSearchParams(query).toString()}`, 'content-type': 'text/xml' })
    stream.on('error', () => {})
    stream.end(body)
    return stream
  }
  const first = send()
  await expect.poll(() => runs).toBe(1)
  first.close(8)
  await once(first, 'close')
  const retry = send()
  let answer = ''
  retry.setEncoding('utf8').on('data', (chunk: string) => { answer += chunk })
  const [headers] = await once(retry, 'response') as [Record<string, unknown>]
  await once(retry, 'end')
  expect(headers[':status']).toBe(200)
  expect(replyOf(settings, { status: 200, body: answer, ms: 0 })).toContain('yes')
  expect(runs).toBe(1)
  expect(lines.join()).not.toContain('unencrypted')
  expect(lines.map(line => (JSON.parse(line) as { outcome?: string }).outcome).filter(Boolean)).toEqual(['hungUp', 'answered'])
})

test.each([
  ['reply.code(503).send()', 503],
  ['reply.code(418).send(\'no\')', 418]
])('%s is a failure: WeCom gets that, and its retry runs the handler again', async (_name, status) => {
  const before = counters().failed
  const seen: unknown[] = []
  let runs = 0
  const app = Fastify({ forceCloseConnections: true })
  const port = await serve(app, {
    onError: error => { seen.push(error.code) },
    handler: async (_request, reply) => {
      if (++runs === 1) return await reply.code(status).send(status === 418 ? 'no' : undefined)
      return text('second')
    }
  })
  const results = await deliverLikeWecom(`http://127.0.0.1:${port}/cb`, settings, textMessage('1'))
  expect(results.map(result => result.status)).toEqual([status, 200])
  expect(replyOf(settings, results[1] as never)).toContain('second')
  expect([runs, seen, counters().failed - before]).toEqual([2, ['WECOM_HANDLER_FAILED'], 1])
})

test('a status of failure that is set and not sent is a failure as well', async () => {
  let runs = 0
  const app = Fastify({ forceCloseConnections: true })
  const port = await serve(app, { handler: async (_request, reply) => { if (++runs === 1) reply.code(503) } })
  const results = await deliverLikeWecom(`http://127.0.0.1:${port}/cb`, settings, textMessage('1'))
  expect(results.map(result => result.status)).toEqual([500, 200])
})
