import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import express4 from 'express-4'
import express5, { Router as Router5, type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { CallbackContext } from '../../src/core/index.js'
import { wecomCallback, type WecomCallbackOptions } from '../../src/express/index.js'
import { memoryStore, text } from '../../src/index.js'
import { contactEvent, replyOf, textMessage } from '../delivery/wecom.js'
import { gate } from '../support/gate.js'
import { send, type Answer } from '../support/http.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import { complaints, type LogLine } from '../support/server.js'
import { listening, pinoTo } from './doors.js'

const settings = newSettings()
const opened = ({ status, body }: Answer): string => replyOf(settings, { status, body, ms: 0 })
const VERSIONS = [{ version: 4, express: express4 }, { version: 5, express: express5 }]

/** What a process would end with. */
const escaped: unknown[] = []
const note = (error: unknown): void => { escaped.push(error) }
beforeEach(() => { escaped.length = 0; process.on('unhandledRejection', note).on('uncaughtException', note) })
afterEach(async () => {
  await sleep(20)
  process.off('unhandledRejection', note).off('uncaughtException', note)
  expect(escaped).toEqual([])
})

/** As the package `compression` does: decides when the headers are written, by what the client accepts. */
function compressing (request: Request, response: Response, next: NextFunction): void {
  const { writeHead, end } = response
  let compresses = false
  response.writeHead = ((status: number, headers: object = {}) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string)
    compresses = request.headers['accept-encoding']?.includes('gzip') === true
    if (compresses) response.setHeader('content-encoding', 'gzip').removeHeader('content-length')
    writeHead.call(response, status)
  }) as unknown as typeof response.writeHead
  response.end = ((body?: string | Buffer) => {
    if (!response.headersSent) response.writeHead(response.statusCode)
    return end.call(response, compresses ? gzipSync(body ?? '') : body as never, 'utf8')
  }) as typeof response.end
  next()
}

describe.each(VERSIONS)('Express $version', ({ version, express }) => {
  async function serve (mount: (app: Express, callback: RequestHandler) => void, options: Partial<WecomCallbackOptions> = {}) {
    const log: LogLine[] = []
    const app = express()
    // Express prints what its own error handler gets.
    app.set('env', 'test')
    const callback = wecomCallback({ credentials: settings, closeGrace: 100, logger: pinoTo(log), ...options })
    mount(app, callback as RequestHandler)
    const { port, close } = await listening(createServer(app), callback.close)
    onTestFinished(close)
    return { port, log, close, post: async (path = '/wecom', message = textMessage('1')) => await send(port, { path, ...signMessage(settings, message) }) }
  }

  test('a function as logger gives the logger of each request, as behind pino-http', async () => {
    const lines: LogLine[] = []
    const { post } = await serve((app, callback) => {
      app.use((request, _response, next) => {
        Object.assign(request, { log: pinoTo(lines).child({ path: request.originalUrl.split('?')[0] }) })
        next()
      })
      app.use('/wecom', callback)
    }, { logger: request => (request as unknown as { log: ReturnType<typeof pinoTo> }).log, handler: () => text('yes') })
    await post('/wecom/a')
    expect(lines).toMatchObject([{ path: '/wecom/a', msg: 'WeCom message' }])
  })

  test('a writeHead of a middleware that throws ends the connection, not the process, and is logged', async () => {
    const { post, log } = await serve((app, callback) => {
      app.use((_request, response, next) => { response.writeHead = () => { throw new Error('mine') }; next() })
      app.use('/wecom', callback)
    }, { handler: () => text('yes') })
    await expect(post()).rejects.toThrow()
    expect(log.filter(({ level }) => level >= 50).map(({ msg }) => msg)).toEqual(['POST failed', 'POST could not be answered'])
  })

  describe('a captured request, sent to another place', () => {
    const captured = signMessage(settings, textMessage('1'))
    const PLACES: { name: string, paths: string[], mount: (app: Express, callback: RequestHandler) => void }[] = [
      { name: 'app.use with a parameter', paths: ['/wecom/a', '/wecom/b', '/WECOM/a', '/wecom/a/', '/wecom/a/more', '/wecom/%61'], mount: (app, callback) => { app.use('/wecom/:corp', callback) } },
      { name: 'app.all with a parameter', paths: ['/wecom/a', '/wecom/b', '/WECOM/a', '/wecom/a/'], mount: (app, callback) => { app.all('/wecom/:corp', callback) } },
      { name: 'app.use', paths: ['/wecom', '/WeCom', '/wecom/', '/wecom/x', '/wecom/x/y'], mount: (app, callback) => { app.use('/wecom', callback) } },
      { name: 'app.all', paths: ['/wecom', '/WECOM', '/wecom/'], mount: (app, callback) => { app.all('/wecom', callback) } },
      { name: 'two mounts', paths: ['/one', '/two', '/One/x'], mount: (app, callback) => { app.use('/one', callback); app.use('/two', callback) } },
      {
        name: 'a nested Router with merged parameters',
        paths: ['/api/a/cb', '/api/b/cb', '/API/a/CB'],
        mount (app, callback) {
          const router = (version === 4 ? express4.Router : Router5)({ mergeParams: true })
          router.use('/cb', callback)
          app.use('/api/:corp', router)
        }
      }
    ]
    test.each(PLACES)('runs no second handler: $name', async ({ paths, mount }) => {
      const runs: string[] = []
      const { port } = await serve(mount, { handler: (_message, { params }) => { runs.push(JSON.stringify(params)); return text('yes') } })
      for (const path of paths) expect([path, (await send(port, { path, ...captured })).status]).toEqual([path, 200])
      expect(runs).toHaveLength(1)
    })
  })

  test('the credentials are asked with the parameters of the path', async () => {
    const asked: unknown[] = []
    const { port } = await serve((app, callback) => { app.use('/wecom/:corp', callback) }, {
      credentials: ({ params }) => { asked.push(params.corp); return params.corp === 'good' ? settings : undefined },
      handler: () => text('yes')
    })
    expect(opened(await send(port, { path: '/wecom/good', ...signMessage(settings, textMessage('1')) }))).toContain('yes')
    expect((await send(port, { path: '/wecom/bad', ...signMessage(settings, textMessage('1')) })).status).toBeGreaterThanOrEqual(400)
    expect((await send(port, { path: '/wecom/good', query: signEcho(settings, 'echo') })).body).toBe('echo')
    expect(asked).toEqual(['good', 'bad', 'good'])
  })

  test('the same message is another one for another tenant', async () => {
    const seen: CallbackContext[] = []
    const { post } = await serve((app, callback) => { app.use('/wecom/:corp', callback) }, { handler: (_message, context) => { seen.push(context) } })
    for (const corp of ['a', 'b', 'a']) await post(`/wecom/${corp}`)
    expect(seen.map(({ params }) => params.corp)).toEqual(['a', 'b'])
  })

  describe('a route behind the middleware', () => {
    const route = (handler: (request: Request, response: Response, next: NextFunction) => unknown, options: Partial<WecomCallbackOptions> = {}) => serve((app, callback) => {
      app.use('/wecom', callback)
      app.post('/wecom', handler as RequestHandler)
    }, options)

    const FAILURES: { how: string, from?: number, fail: (response: Response, next: NextFunction) => unknown }[] = [
      { how: 'throws', fail: () => { throw new Error('boom') } },
      { how: 'rejects', from: 5, fail: async () => { await sleep(5); throw new Error('boom') } },
      { how: 'calls next(error)', fail: (_response, next) => { next(new Error('boom')) } },
      { how: 'calls next(error) later', fail: async (_response, next) => { await sleep(10); next(new Error('boom')) } },
      { how: 'calls next() with nothing behind it', fail: (_response, next) => { next() } },
      { how: 'answers with 503', fail: response => { response.sendStatus(503) } },
      { how: 'answers with 400 and JSON', fail: response => { response.status(400).json({ no: true }) } }
    ]
    test.each(FAILURES.filter(({ from = 4 }) => version >= from))('that $how has failed, and the retry runs it again', async ({ fail }) => {
      let runs = 0
      const { post, log } = await route((_request, response, next) => {
        if (++runs === 1) return fail(response, next)
        response.encrypted(text('second'))
      })
      expect((await post()).status).toBeGreaterThanOrEqual(400)
      expect(opened(await post())).toContain('second')
      expect(log.map(({ outcome }) => outcome).filter(Boolean)).toEqual(['failed', 'answered'])
    })

    const BY_HAND: { how: string, answer: (response: Response) => void, status?: number, body: string }[] = [
      { how: 'send', answer: response => { response.send('mine') }, body: 'mine' },
      { how: 'json', answer: response => { response.json({ mine: 1 }) }, body: '{"mine":1}' },
      { how: 'end', answer: response => { response.end('mine') }, body: 'mine' },
      { how: 'write and end', answer: response => { response.write('mi'); response.end('ne') }, body: 'mine' },
      { how: 'redirect', answer: response => { response.redirect('/other') }, status: 302, body: 'Found. Redirecting to /other' },
      { how: 'sendStatus', answer: response => { response.sendStatus(200) }, body: 'OK' }
    ]
    test.each(BY_HAND)('that answers by res.$how: as it is, the log says unencrypted, a retry gets the empty answer', async ({ answer, status = 200, body }) => {
      let runs = 0
      const { post, log } = await route((_request, response) => { runs++; answer(response) })
      expect(await post()).toMatchObject({ status, body })
      expect(await post()).toMatchObject({ status: 200, body: '' })
      expect(runs).toBe(1)
      expect(log.map(({ outcome }) => outcome).filter(Boolean)).toEqual(['unencrypted', 'answered'])
      expect(complaints(log).map(({ msg }) => msg)).toEqual([expect.stringContaining('unencrypted')])
    })

    test('that answers by itself ends nothing where the logger throws', async () => {
      const full = (): never => { throw new Error('the disk is full') }
      const { post } = await route((_request, response) => { response.send('mine') }, { logger: { info: full, warn: full, error: full } })
      expect(await post()).toMatchObject({ status: 200, body: 'mine' })
    })

    test.each(['send', 'json'] as const)("res.%s(text('x')) is encrypted", async name => {
      const { post } = await route((_request, response) => { response[name](text('x')) })
      expect(opened(await post())).toContain('<![CDATA[x]]>')
    })

    test('res.encrypted() is the whole answer: what comes after it changes nothing and throws nothing', async () => {
      const { post, log } = await route((_request, response) => {
        response.encrypted(text('first'))
        response.set('x-late', 'y').status(500).json({ no: 1 })
        response.redirect('/other')
        response.end()
      })
      const answer = await post()
      expect(opened(answer)).toContain('first')
      expect(answer.headers).not.toHaveProperty('x-late')
      expect(complaints(log).length).toBeGreaterThan(0)
    })

    test('res.encrypted() twice: the second throws WECOM_REPLY_REPEATED to the route, WeCom gets the first', async () => {
      const thrown: unknown[] = []
      const { post } = await route((_request, response) => {
        response.encrypted(text('first'))
        try { response.encrypted(text('second')) } catch (error) { thrown.push(error); throw error }
      })
      expect(opened(await post())).toContain('first')
      expect(thrown).toMatchObject([{ code: 'WECOM_REPLY_REPEATED', message: expect.stringContaining('. response.encrypted() is the whole answer, and') as string }])
    })

    const LATE: { how: string, answer: (response: Response, next: NextFunction) => unknown, failed?: boolean }[] = [
      { how: 'res.send', answer: response => response.send('late') },
      { how: 'res.json with a status and headers', answer: response => response.status(201).set('a', 'b').type('html').cookie('c', 'd').json({}) },
      { how: 'res.end with a callback', answer: response => new Promise<void>(resolve => { response.end(() => { resolve() }) }) },
      { how: 'res.writeHead', answer: response => response.writeHead(200, { a: 'b' }).end('x') },
      { how: 'res.redirect', answer: response => { response.redirect('/x') } },
      { how: 'res.sendFile', answer: response => { response.sendFile(new URL(import.meta.url).pathname) } },
      { how: 'res.sendStatus(500)', answer: response => response.sendStatus(500), failed: true },
      { how: 'res.status(500).end()', answer: response => response.status(500).end(), failed: true },
      { how: 'res.encrypted', answer: response => response.encrypted(text('late')) },
      { how: 'next(error)', answer: (_response, next) => { next(new Error('boom')) }, failed: true },
      { how: 'next()', answer: (_response, next) => { next() }, failed: true }
    ]
    test.each(LATE)('that answers by $how after the deadline reaches nobody and harms nothing', async ({ answer, failed = false }) => {
      const late: unknown[] = []
      const finished: unknown[] = []
      const end = gate()
      const { port, post } = await route(async (_request, response, next) => {
        await end.opened
        try { await answer(response, next); finished.push('fine') } catch (error) { finished.push(error) }
      }, { deadline: 60, onLateError: error => { late.push(error) } })
      expect(await post('/wecom', contactEvent('a'))).toMatchObject({ status: 200, body: '' })
      end.open()
      await expect.poll(() => finished).toEqual(['fine'])
      await sleep(50)
      await expect.poll(() => late).toHaveLength(failed ? 1 : 0)
      expect((await send(port, { path: '/wecom', query: signEcho(settings, 'alive') })).body).toBe('alive')
    })

    test('that fails late does not cost the connection the next request', async () => {
      const end = gate()
      const { port } = await route(async (_request, _response, next) => { await end.opened; next(new Error('boom')) }, { deadline: 60 })
      const socket = (await import('node:net')).connect(port, '127.0.0.1')
      let received = ''
      socket.on('data', piece => { received += String(piece) })
      const { query, body } = signMessage(settings, contactEvent('b'))
      socket.write(`POST /wecom?${new URLSearchParams(query).toString()} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      await expect.poll(() => received).toContain('HTTP/1.1 200')
      end.open()
      await sleep(100)
      socket.write(`GET /wecom?${new URLSearchParams(signEcho(settings, 'alive')).toString()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      await once(socket, 'close')
      expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    })

    test.each([['at once', {}], ['later than the deadline', { deadline: 60 }]])('that answers %s: an access log sees the status and that headers were sent', async (when, options) => {
      const seen: unknown[] = []
      const end = gate()
      if (when === 'at once') end.open()
      const { post } = await serve((app, callback) => {
        app.use((_request: Request, response: Response, next: NextFunction) => { response.on('finish', () => { seen.push(response.headersSent, response.statusCode) }); next() })
        app.use('/wecom', callback)
        app.post('/wecom', (async (_request: Request, response: Response) => { if (when !== 'at once') await end.opened; response.encrypted() }) as RequestHandler)
      }, options)
      await post('/wecom', contactEvent('a'))
      end.open()
      await sleep(20)
      await expect.poll(() => seen).toEqual([true, 200])
    })

    test('whose stream is on its way at the deadline is sent to its end', async () => {
      const { post, log } = await route(async (_request, response) => {
        for (const piece of ['one', 'two', 'three']) { response.write(piece); await sleep(60) }
        response.end()
      }, { deadline: 80 })
      expect(await post('/wecom', contactEvent('a'))).toMatchObject({ status: 200, body: 'onetwothree' })
      await expect.poll(() => complaints(log).map(({ msg }) => msg)).toEqual([expect.stringContaining('unencrypted')])
    })

    test('whose WeCom hangs up: the reply waits for the retry', async () => {
      let runs = 0
      const { port, post } = await route(async (_request, response) => { runs++; await sleep(200); response.encrypted(text('later')) })
      const signal = AbortSignal.timeout(80)
      await send(port, { path: '/wecom', ...signMessage(settings, textMessage('1')), signal }).catch(() => {})
      expect(opened(await post())).toContain('later')
      expect(runs).toBe(1)
    })

    test('that sends by itself when the server closes is too late: WeCom gets 503, and the next run answers', async () => {
      const store = memoryStore()
      let begun = false
      const { post, close } = await route((request, response) => {
        begun = true
        request.wecom.signal.addEventListener('abort', () => { response.send('bye') })
      }, { store, closeGrace: 100 })
      const pending = post()
      await expect.poll(() => begun).toBe(true)
      await close()
      expect(await pending).toMatchObject({ status: 503, body: 'Service Unavailable' })
      const next = await route((_request, response) => { response.encrypted(text('next')) }, { store })
      expect(opened(await next.post())).toContain('next')
    })

    test('sees request.wecomMessage and request.wecom; no other method reaches it', async () => {
      const seen: unknown[] = []
      const { port, post } = await serve((app, callback) => {
        app.use('/wecom', callback)
        app.all('/wecom', ((request: Request, response: Response) => { seen.push(request.wecomMessage.MsgType, request.wecom.kind); response.encrypted() }) as RequestHandler)
      })
      await post()
      for (const method of ['GET', 'PUT', 'HEAD', 'DELETE']) await send(port, { method, path: '/wecom' })
      expect(seen).toEqual(['text', 'text'])
    })
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])('%s is 405 with Allow', async method => {
    const { port } = await serve((app, callback) => { app.use('/wecom', callback) }, { handler: () => '' })
    const { status, headers, body } = await send(port, { method, path: '/wecom', query: signEcho(settings, 'x') })
    expect([status, headers.allow, body]).toEqual([405, 'GET, POST', method === 'HEAD' ? '' : 'Method Not Allowed'])
  })

  test.each(['a handler', 'a route'])('an answer leaves as it is behind a middleware that compresses answers: %s', async form => {
    const long = 'x'.repeat(2_000)
    const { port } = await serve((app, callback) => {
      app.use(compressing as RequestHandler)
      app.use('/wecom', callback)
      app.post('/wecom', ((_request: Request, response: Response) => { response.encrypted(text(long)) }) as RequestHandler)
      app.get('/other', ((_request: Request, response: Response) => { response.type('text').send(long) }) as RequestHandler)
    }, form === 'a handler' ? { handler: () => text(long) } : {})
    const headers = { 'accept-encoding': 'gzip' }
    const answer = await send(port, { path: '/wecom', headers, ...signMessage(settings, textMessage('1')) })
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(opened(answer)).toContain(long)
    expect((await send(port, { method: 'GET', path: '/other', headers })).headers).toHaveProperty('content-encoding', 'gzip')
  })

  test('parameters that come twice or in brackets are judged as Fastify judges them', async () => {
    const { port } = await serve((app, callback) => { app.use('/wecom', callback) }, { handler: (_message, { query }) => text(JSON.stringify(query)) })
    const { query: { nonce, ...query }, body } = signMessage(settings, textMessage('1'))
    for (const bad of [{ ...query, nonce: [nonce, nonce] }, { ...query, 'nonce[]': nonce }, { ...query, 'nonce[a]': nonce }]) {
      expect((await send(port, { path: '/wecom', query: bad, body })).status).toBe(400)
    }
    expect(opened(await send(port, { path: '/wecom', query: { ...query, nonce, 'a[b]': 'c', d: ['1', '2'] }, body }))).toContain('"a[b]":"c","d":["1","2"]')
  })
})

test('a server that Express opens by itself serves as well', async () => {
  const app = express5()
  const callback = wecomCallback({ credentials: settings, handler: () => '', closeGrace: 50 })
  app.all('/wecom', callback as RequestHandler)
  const server = app.listen(0, '127.0.0.1')
  onTestFinished(async () => { await callback.close(); server.close() })
  await once(server, 'listening')
  expect((await send((server.address() as AddressInfo).port, { query: signEcho(settings, 'x') })).body).toBe('x')
})
