import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import express4 from 'express-4'
import express5, { type RequestHandler } from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { wecomCallback } from '../../src/express/index.js'
import type { WecomErrorCode } from '../../src/index.js'
import { openRaw, send, target, turns } from '../support/http.js'
import { CONFIDENTIAL, expectComplaint, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, signEcho, signMessage, type Style } from '../support/requests.js'
import { complaints, type LogLine } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'
import { DOOR_NAMES, listening, openForTest, pinoTo } from './doors.js'

const settings = newSettings()
const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
const secrets = secretsOf(settings)

function head (...headers: string[]): string {
  return [`POST ${target('/wecom', query)} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** The raw sockets speak HTTP/1.1. */
describe.each(DOOR_NAMES.filter(name => name !== 'node:http2'))('%s', name => {
  const open = async (options = {}) => await openForTest(name, { credentials: settings, store: false, ...options })

  /** The connection takes another request, or is closed; it never hangs. */
  async function expectUsableOrClosed (port: number, first: string, status: number): Promise<void> {
    const connection = await openRaw(port)
    connection.socket.write(first)
    expect(await connection.status).toBe(status)
    await sleep(20)
    connection.socket.write(`GET ${target('/wecom', signEcho(settings, 'usable'))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const received = await Promise.race([connection.ended, sleep(2_000, 'hangs')])
    expect(received).not.toBe('hangs')
    const closed = /\r\nconnection: close\r\n/i.test(received.split('\r\n\r\n', 1)[0] ?? '')
    if (!closed) expect(received).toContain('usable')
  }

  test.each([
    ['announced', { query, body }],
    ['in chunks', { query, chunks: [body.slice(0, 100), body.slice(100)] }]
  ])('too long, %s, is 413', async (_how, request) => {
    const server = await open({ bodyLimit: body.length - 1 })
    await expectTold(server, request, 413, 'WECOM_BODY_TOO_LARGE')
    const fits = await open({ bodyLimit: body.length })
    expect((await fits.send(request)).status).toBe(200)
  })

  test('too long is 413 before it has come, and the connection is usable or closed', async () => {
    const { port } = await open({ bodyLimit: 1_000 })
    await expectUsableOrClosed(port, head('Content-Length: 100000') + 'x'.repeat(500), 413)
    await expectUsableOrClosed(port, head('Transfer-Encoding: chunked') + chunk('x'.repeat(2_000)), 413)
    await expectUsableOrClosed(port, head('Content-Length: 2000') + 'x'.repeat(2_000), 413)
  })

  test.each([
    ['after its header', head(`Content-Length: ${body.length}`)],
    ['before its last byte', head(`Content-Length: ${body.length}`) + body.slice(0, -1)],
    ['before the last chunk', head('Transfer-Encoding: chunked') + chunk(body)]
  ])('stalled %s is 408, and the connection ends', async (_when, first) => {
    const server = await open({ bodyTimeout: 150 })
    const { socket, status, ended } = await openRaw(server.port)
    socket.write(first)
    expect(await status).toBe(408)
    expect(await Promise.race([ended, sleep(2_000, 'hangs')])).toMatch(/\r\n\r\nRequest Timeout$/)
    expect(server.seen).toEqual([])
    expectComplaint(server.log, 'WECOM_BODY_TIMEOUT', secrets)
  })

  test.each(['destroy', 'resetAndDestroy', 'end'] as const)('broken off by socket.%s() reaches no handler and is noted once', async how => {
    const server = await open()
    const { socket, ended } = await openRaw(server.port)
    socket.write(head(`Content-Length: ${body.length}`) + body.slice(0, -1))
    await turns()
    socket[how]()
    const answer = await ended
    if (how === 'end') expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    await expect.poll(() => complaints(server.log).length).toBe(1)
    expect(server.seen).toEqual([])
    expectComplaint(server.log, 'WECOM_BODY_ABORTED', secrets)
    expect((await server.send({ query, body })).status).toBe(200)
  })

  test.each([['gzip', gzipSync(body)], ['utf-8', body]])('with Content-Encoding %s is 415', async (encoding, sent) => {
    const server = await open()
    await expectTold(server, { query, body: sent, headers: { 'content-encoding': encoding } }, 415, 'WECOM_CONTENT_ENCODING_UNSUPPORTED')
    await expectUsableOrClosed(server.port, head('Content-Encoding: gzip', 'Content-Length: 10') + 'x'.repeat(10), 415)
  })

  test('with Content-Encoding identity, one byte at a time, or behind any Content-Type is taken', async () => {
    const server = await open()
    expect((await server.send({ query, body, headers: { 'content-encoding': 'identity' } })).status).toBe(200)
    expect((await server.send({ query, chunks: [...body] })).status).toBe(200)
    for (const type of ['application/json', 'text/xml', 'garbage', 'multipart/form-data; boundary=x']) {
      expect((await server.send({ query, body, headers: { 'content-type': type } })).status).toBe(200)
    }
    expect(server.seen).toHaveLength(6)
  })

  test('empty is 400', async () => {
    const server = await open()
    await expectTold(server, { method: 'POST', query, body: '' }, 400, 'WECOM_BODY_EMPTY')
    await expectTold(server, { method: 'POST', query, chunks: [], headers: { 'transfer-encoding': 'chunked' } }, 400, 'WECOM_BODY_EMPTY')
    await expectUsableOrClosed(server.port, head(), 400)
  })

  test('Expect: 100-continue is answered', async () => {
    const { port } = await open()
    const { socket, ended } = await openRaw(port)
    socket.write(head('Expect: 100-continue', 'Connection: close', `Content-Length: ${body.length}`))
    await sleep(50)
    socket.write(body)
    expect(await ended).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  })

  async function expectTold (server: Awaited<ReturnType<typeof open>>, request: Parameters<typeof send>[1], status: number, code: WecomErrorCode): Promise<void> {
    server.log.length = 0
    const answer = await server.send(request)
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8'])
    expect(server.seen).toEqual([])
    expectComplaint(server.log, code, secrets)
  }
})

describe.each([{ version: 4, express: express4 }, { version: 5, express: express5 }])('Express $version, behind a parser', ({ express }) => {
  async function serve (parser: unknown, options = {}) {
    const log: LogLine[] = []
    const seen: string[] = []
    const app = express()
    const callback = wecomCallback({ credentials: settings, store: false, logger: pinoTo(log), handler: (_message, { plaintext }) => { seen.push(plaintext) }, ...options })
    app.use(parser as RequestHandler)
    app.use('/wecom', callback as RequestHandler)
    const { port, close } = await listening(createServer(app), callback.close)
    onTestFinished(close)
    return { port, log, seen }
  }
  const keep = (request: object, _response: unknown, bytes: Buffer): void => { Object.assign(request, { rawBody: bytes }) }
  const types: Record<Style, string> = { xml: 'text/xml', json: 'application/json', Json: 'application/json' }

  const PARSERS: { parser: string, make: () => unknown, works: Style[] }[] = [
    { parser: 'json()', make: () => express.json(), works: ['xml'] },
    { parser: 'urlencoded()', make: () => express.urlencoded({ extended: true }), works: ['xml', 'json'] },
    { parser: "text({ type: '*/*' })", make: () => express.text({ type: '*/*' }), works: ['xml', 'json'] },
    { parser: "raw({ type: '*/*' })", make: () => express.raw({ type: '*/*' }), works: ['xml', 'json'] },
    { parser: 'json({ verify })', make: () => express.json({ verify: keep }), works: ['xml', 'json'] }
  ]
  test.each(PARSERS.flatMap(each => (['xml', 'json'] as const).map(style => ({ ...each, style }))))('$parser: $style', async ({ make, works, style }) => {
    const { port, log, seen } = await serve(make())
    const answer = await send(port, { ...signMessage(settings, xmlMessage(CONFIDENTIAL), style), headers: { 'content-type': types[style] } })
    if (works.includes(style)) {
      expect([answer.status, seen.length, complaints(log)]).toEqual([200, 1, []])
      return
    }
    expect([answer.status, answer.body, seen]).toEqual([400, 'Bad Request', []])
    expect(expectComplaint(log, 'WECOM_BODY_ABORTED', secrets).msg).toContain('Mount the callback before body parsers')
  })

  test.each([
    ["text({ type: '*/*' })", () => express.text({ type: '*/*' })],
    ["raw({ type: '*/*' })", () => express.raw({ type: '*/*' })],
    ['json({ verify })', () => express.json({ verify: keep, type: '*/*' })]
  ])('%s: URL verification, an empty body and one too long are judged as without it', async (_parser, make) => {
    const { port } = await serve(make(), { bodyLimit: 100 })
    expect((await send(port, { query: signEcho(settings, 'echo') })).body).toBe('echo')
    expect((await send(port, { method: 'POST', query, body: '' })).status).toBe(400)
    const long = signMessage(settings, xmlMessage(CONFIDENTIAL), 'json')
    expect((await send(port, { ...long, headers: { 'content-type': 'application/json' } })).status).toBe(413)
  })

  test('urlencoded() that has read the body: 400 with the cure', async () => {
    const { port, log } = await serve(express.urlencoded({ extended: true }))
    expect((await send(port, { query, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(400)
    expect(expectComplaint(log, 'WECOM_BODY_ABORTED', secrets).msg).toContain('rawBody')
  })

  const KEPT: Array<[string, object, number, number?]> = [
    ['rawBody before body', { rawBody: body, body: 'changed' }, 200],
    ['a text as long as may be', { body }, 200, body.length],
    ['a text of more bytes than characters', { body: '\u4f60'.repeat(50) }, 413, 100],
    ['an empty text', { body: '' }, 400]
  ]
  test.each(KEPT)('what a parser of the app has kept: %s', async (_what, kept, status, bodyLimit = 100_000) => {
    const { port } = await serve((request: NodeJS.ReadableStream, _response: unknown, next: () => void) => {
      request.once('data', () => { request.pause(); Object.assign(request, kept); next() })
    }, { bodyLimit })
    expect((await send(port, { query, body })).status).toBe(status)
  })

  test('what a parser has inflated is 415 all the same', async () => {
    const { port } = await serve(express.text({ type: '*/*' }))
    expect((await send(port, { query, body: gzipSync(body), headers: { 'content-encoding': 'gzip' } })).status).toBe(415)
  })

  test('a middleware that only listens to the end of the request costs nothing', async () => {
    const { port, seen } = await serve((request: NodeJS.EventEmitter, _response: unknown, next: () => void) => { request.on('end', () => {}); setTimeout(next, 50) })
    expect([(await send(port, { query, body })).status, seen.length]).toEqual([200, 1])
  })
})

test('expectRefused holds for node:http as for Fastify', async () => {
  const server = await openForTest('node:http', { credentials: settings })
  await expectRefused(server, { query, body: gzipSync(body) }, { status: 400, code: 'WECOM_ENVELOPE_INVALID', secrets })
})
