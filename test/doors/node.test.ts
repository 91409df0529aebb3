import { createServer, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { CallbackContext } from '../../src/core/index.js'
import { wecomCallback } from '../../src/express/index.js'
import wecom, { memoryStore, text, type WecomOptions } from '../../src/index.js'
import { createWecomListener, type WecomListener, type WecomListenerOptions } from '../../src/node/index.js'
import { contactEvent, replyOf, textMessage } from '../delivery/wecom.js'
import { gate } from '../support/gate.js'
import { openRaw, send, target } from '../support/http.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import type { LogLine } from '../support/server.js'
import { attempt, listening, openForTest, pinoTo } from './doors.js'

const settings = newSettings()
afterEach(() => { vi.restoreAllMocks() })

async function serve (options: Partial<WecomListenerOptions> = {}, wrap = (listener: WecomListener): WecomListener => listener) {
  const log: LogLine[] = []
  const seen: CallbackContext[] = []
  const handler: WecomListenerOptions['handler'] = (_message, context) => { seen.push(context); return text('yes') }
  const listener = createWecomListener({ credentials: settings, closeGrace: 100, logger: pinoTo(log), handler, ...options })
  const { port, close } = await listening(createServer(wrap(listener)), listener.close)
  onTestFinished(close)
  return { port, log, seen }
}

/** As Connect does: cuts the mount path off the URL and keeps the original. */
const mountedAt = (...mounts: string[]) => (listener: WecomListener): WecomListener => Object.assign(((request, response) => {
  const mount = mounts.find(mount => request.url?.startsWith(mount)) ?? ''
  Object.assign(request, { originalUrl: request.url })
  request.url = request.url?.slice(mount.length) ?? ''
  if (!request.url.startsWith('/')) request.url = `/${request.url}`
  listener(request, response)
}) satisfies (...parameters: Parameters<WecomListener>) => void, listener)

describe('mounted by Connect', () => {
  test('a captured request that is sent to another mount runs no second handler', async () => {
    const { port, seen } = await serve({}, mountedAt('/one', '/two'))
    const captured = signMessage(settings, textMessage('1'))
    for (const path of ['/one', '/two', '/one/', '/one/more']) expect((await send(port, { path, ...captured })).status).toBe(200)
    expect(seen).toHaveLength(1)
  })

  test('the same message, signed for each, is one message a mount; with a scope it is one altogether', async () => {
    for (const [options, runs] of [[{}, 2], [{ scope: '/wecom' }, 1]] as const) {
      const { port, seen } = await serve(options, mountedAt('/one', '/two'))
      for (const path of ['/one', '/two', '/one']) await send(port, { path, ...signMessage(settings, textMessage('1')) })
      expect(seen).toHaveLength(runs)
    }
  })
})

describe('request targets', () => {
  const { query, body } = signMessage(settings, textMessage('1'))
  const ask = async (port: number, line: string, content = ''): Promise<string> => {
    const { socket, ended } = await openRaw(port)
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${content.length}\r\n\r\n${content}`)
    return await ended
  }

  test('in absolute form are taken as those in origin form', async () => {
    const { port, seen } = await serve()
    expect(await ask(port, `POST ${target('http://example.com/wecom', query)}`, body)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask(port, `GET ${target('http://example.com/', signEcho(settings, 'absolute'))}`)).toMatch(/\r\n\r\nabsolute$/)
    expect(seen).toHaveLength(1)
  })

  test.each(['/', '/wecom', '/?', '*', '//', '/?&&==&', '/%', '/?%', '/?msg_signature=%E0%A4%A', '/?__proto__=1&constructor=2', '/?a?b'])('%s without its parameters is 400', async url => {
    const { port, seen } = await serve()
    expect(await ask(port, `POST ${url}`, body)).toMatch(/^HTTP\/1\.1 400 .+\r\n\r\nBad Request$/s)
    expect(seen).toEqual([])
  })

  test('parameters behind a thousand others are seen, as Fastify sees them', async () => {
    const { port } = await serve()
    const many = Array.from({ length: 1_500 }, (_, index) => `a${index}=`).join('&')
    const app = Fastify()
    await app.register(wecom, { path: '/wecom', credentials: settings, store: false, handler: () => text('yes') })
    const url = `/wecom?${many}&${new URLSearchParams(query).toString()}`
    const fastify = await app.inject({ method: 'POST', url, payload: body })
    await app.close()
    expect(await ask(port, `POST ${url}`, body)).toMatch(new RegExp(`^HTTP/1\\.1 ${fastify.statusCode} `))
  })
})

test('a request that HTTP/2 resets is one that WeCom has hung up: its reply waits for the retry', async () => {
  const end = gate()
  const door = await openForTest('node:http2', { credentials: settings, reply: async () => { await end.opened; return text('later') } })
  const hangUp = new AbortController()
  const first = attempt(door, settings, textMessage('1'), hangUp.signal)
  await expect.poll(() => door.seen.length).toBe(1)
  hangUp.abort()
  expect(await first).toBeUndefined()
  await expect.poll(() => door.log.map(({ outcome }) => outcome).filter(Boolean)).toEqual(['hungUp'])
  end.open()
  const again = await attempt(door, settings, textMessage('1'))
  expect(replyOf(settings, { status: again?.status ?? 0, body: again?.body ?? '', ms: 0 })).toContain('later')
  expect(door.seen).toHaveLength(1)
})

test('a connection is kept alive over messages, verifications and refusals', async () => {
  const { port, seen } = await serve()
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', piece => { received += String(piece) })
  const good = signMessage(settings, textMessage('1'))
  const requests = [
    `POST ${target('/', good.query)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${good.body.length}\r\n\r\n${good.body}`,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
    `GET ${target('/', signEcho(settings, 'echo'))} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'PUT / HTTP/1.1\r\nHost: x\r\n\r\n'
  ]
  for (const [index, request] of requests.entries()) {
    socket.write(request)
    await expect.poll(() => received.match(/HTTP\/1\.1 \d+/g)?.length).toBe(index + 1)
  }
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200', 'HTTP/1.1 405'])
  expect(seen).toHaveLength(1)
  socket.destroy()
})

test('requests that are pipelined are answered in order, though the first takes longest', async () => {
  const { port } = await serve({ handler: async (_message, { plaintext }) => { if (plaintext.includes('slow')) await sleep(100); return text(plaintext.includes('slow') ? 'first' : 'second') } })
  const { socket, ended } = await openRaw(port)
  const posts = [textMessage('1', 'slow'), textMessage('2')].map(message => signMessage(settings, message))
  socket.write(posts.map(({ query, body }, index) => `POST ${target('/', query)} HTTP/1.1\r\nHost: x\r\n${index === 1 ? 'Connection: close\r\n' : ''}Content-Length: ${body.length}\r\n\r\n${body}`).join(''))
  const bodies = [...(await ended).matchAll(/<xml>.+?<\/xml>/g)].map(([body]) => replyOf(settings, { status: 200, body, ms: 0 }))
  expect(bodies).toEqual([expect.stringContaining('first'), expect.stringContaining('second')])
})

describe('options that are wrong are thrown at once, with the code that Fastify\'s registration rejects with', () => {
  const good = { credentials: settings, handler: () => '' }
  const BAD: { what: string, options: object }[] = [
    { what: 'no credentials', options: { credentials: undefined } },
    { what: 'a bad key', options: { credentials: { ...settings, encodingAESKey: 'short' } } },
    { what: 'an empty token', options: { credentials: { ...settings, token: '' } } },
    { what: 'a misspelled name', options: { deadLine: 1 } },
    { what: 'a deadline that is a text', options: { deadline: '4500' } },
    { what: 'a deadline in seconds', options: { deadline: 4 } },
    { what: 'a store that is none', options: { store: {} } },
    { what: 'an inbox that is none', options: { inbox: { put () {} } } },
    { what: 'an inbox whose accepts is async', options: { inbox: { put () {}, accepts: async () => true } } },
    { what: 'a handler that is none', options: { handler: 'x' } },
    { what: 'a hook that is none', options: { onError: 1 } },
    { what: 'bodyLimit 0', options: { bodyLimit: 0 } },
    { what: 'bodyTimeout NaN', options: { bodyTimeout: NaN } },
    { what: 'closeGrace negative', options: { closeGrace: -1 } },
    { what: 'timestampTolerance of a text', options: { timestampTolerance: 'x' } },
    { what: 'onStoreError unknown', options: { onStoreError: 'ignore' } }
  ]
  test.each(BAD)('$what', async ({ options }) => {
    const app = Fastify()
    const expected = await (async () => { await app.register(wecom, { path: '/wecom', ...good, ...options } as WecomOptions) })().then(() => undefined, error => error as { code?: string, message: string })
    await app.close().catch(() => {})
    expect(expected?.code).toMatch(/^WECOM_/)
    for (const open of [createWecomListener, wecomCallback]) {
      expect(() => open({ ...good, ...options } as WecomListenerOptions)).toThrow(expect.objectContaining({ code: expected?.code }) as Error)
    }
  })

  test.each([
    ['scope', { scope: 1 }], ['logger', { logger: {} }], ['logger', { logger: null }]
  ])('%s', (name, options) => {
    for (const open of [createWecomListener, wecomCallback]) {
      expect(() => open({ ...good, ...options } as never)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(name) as string }) as Error)
    }
  })

  test('no handler and no inbox: the listener has nobody to ask', () => {
    expect(() => createWecomListener({ credentials: settings })).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }) as Error)
  })

  test.each([undefined, null, 1, 'x'])('options that are %s', options => {
    for (const open of [createWecomListener, wecomCallback]) {
      expect(() => open(options as never)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }) as Error)
    }
  })
})

describe('a logger that is left out', () => {
  test('prints warnings and errors to the console, and nothing else', async () => {
    const spies = (['log', 'info', 'debug', 'warn', 'error'] as const).map(name => vi.spyOn(console, name).mockImplementation(() => {}))
    const listener = createWecomListener({ credentials: settings, closeGrace: 50, store: memoryStore(), handler: (_message, { plaintext }) => { if (plaintext.includes('bad')) throw new Error('boom'); return text('yes') } })
    const { port, close } = await listening(createServer(listener), listener.close)
    onTestFinished(close)
    await send(port, { query: signEcho(settings, 'x') })
    await send(port, signMessage(settings, textMessage('1')))
    expect(spies.map(spy => spy.mock.calls.length)).toEqual([0, 0, 0, 0, 0])
    await send(port, { body: 'x' })
    await send(port, signMessage(settings, textMessage('2', 'bad')))
    expect(spies.map(spy => spy.mock.calls.length)).toEqual([0, 0, 0, 1, 1])
    expect(spies[3]?.mock.calls[0]?.[0]).toContain('POST refused with 400')
  })

  test('a logger that throws costs no answer', async () => {
    const boom = (): never => { throw new Error('the log is full') }
    const { port } = await serve({ logger: { info: boom, warn: boom, error: boom } })
    expect((await send(port, signMessage(settings, contactEvent('a')))).status).toBe(200)
    expect(await send(port, { body: 'x' })).toMatchObject({ status: 400, body: 'Bad Request' })
  })
})

describe('a logger for each request', () => {
  const withLog = (lines: LogLine[]) => (listener: WecomListener): WecomListener => Object.assign(((request, response) => {
    Object.assign(request, { log: pinoTo(lines).child({ requestId: request.headers['x-request-id'] }) })
    listener(request, response)
  }) satisfies (...parameters: Parameters<WecomListener>) => void, listener)
  const ofRequest = (request: object) => (request as { log: ReturnType<typeof pinoTo> }).log

  test('gets the lines of its own request: of messages, of refusals, and of the handler', async () => {
    const lines: LogLine[] = []
    const { port } = await serve({
      logger: ofRequest,
      handler: (_message, context) => { context.log.info({}, 'mine'); return text('yes') }
    }, withLog(lines))
    await send(port, { ...signMessage(settings, textMessage('1')), headers: { 'x-request-id': 'a' } })
    await send(port, { body: 'x', headers: { 'x-request-id': 'b' } })
    await send(port, { query: signEcho(settings, 'x'), headers: { 'x-request-id': 'c' } })
    expect(lines.map(({ requestId, msg }) => [requestId, msg])).toEqual([
      ['a', 'mine'], ['a', 'WeCom message'], ['b', expect.stringContaining('POST refused with 400')], ['c', 'WeCom verified the callback URL']
    ])
  })

  test('a function that has info, warn and error is a logger itself', async () => {
    const lines: unknown[][] = []
    const write = (...line: unknown[]): void => { lines.push(line) }
    const { port } = await serve({ logger: Object.assign((...line: unknown[]) => { lines.push(['called', ...line]) }, { info: write, warn: write, error: write }) as never })
    await send(port, { body: 'x' })
    expect(lines).toMatchObject([[{ code: 'WECOM_PARAMETER_INVALID' }, expect.stringContaining('POST refused')]])
  })

  test.each<[string, () => never]>([
    ['throws', () => { throw new Error('no log') }],
    ['returns none', () => undefined as never],
    ['returns what has no methods', () => ({ info: 1 }) as never],
    ['returns a promise that rejects', () => Promise.reject(new Error('no log')) as never]
  ])('that %s costs no answer: its lines go to the console, with one error that says so', async (_, logger) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { port } = await serve({ logger })
    for (let time = 0; time < 2; time++) expect((await send(port, { body: 'x' })).status).toBe(400)
    expect((await send(port, signMessage(settings, textMessage('1')))).status).toBe(200)
    expect(error.mock.calls.map(([line]) => line as string)).toEqual([expect.stringContaining('the function given as logger returned no object')])
    expect(warn).toHaveBeenCalledTimes(2)
  })
})

test('a client that leaves while its answer is written ends nothing', async () => {
  const { port } = await serve()
  for (let time = 0; time < 20; time++) {
    const { query, body } = signMessage(settings, textMessage(String(time)))
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: target('/', query), agent: false })
    request.on('error', () => {}).on('response', response => { response.resume().on('error', () => {}) })
    request.end(body, () => { setTimeout(() => { request.destroy() }, time % 4) })
    await new Promise(resolve => request.once('close', resolve))
  }
  expect((await send(port, { query: signEcho(settings, 'alive') })).body).toBe('alive')
})
