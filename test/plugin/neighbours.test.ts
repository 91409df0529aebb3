import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseCallback } from '../../src/fastify/route.js'
import wecom, { text } from '../../src/index.js'
import { newSettings } from '../support/requests.js'
import { ask, send, verify } from './send.js'

const credentials = newSettings()
let app: FastifyInstance

beforeEach(() => { app = Fastify() })
afterEach(async () => { await app.close() })

describe('the rest of the app', () => {
  test.each(['a', 'b'])('keeps its parsers, whether declared before or after the plugin in form (%s)', async form => {
    app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => { done(null, (body as string).split(',')) })
    app.post('/before', async request => ({ body: request.body }))
    await app.register(async scope => { scope.post('/child', async request => ({ body: request.body })) })
    await app.register(wecom, { path: '/cb', credentials, ...(form === 'a' ? { handler: () => '' } : {}) })
    if (form === 'b') app.post('/cb', async () => '')
    app.post('/after', async request => ({ body: request.body }))
    for (const url of ['/before', '/child', '/after']) {
      expect((await app.inject({ method: 'POST', url, payload: { a: 1 } })).json()).toEqual({ body: { a: 1 } })
      expect((await app.inject({ method: 'POST', url, payload: 'a,b', headers: { 'content-type': 'text/csv' } })).json()).toEqual({ body: ['a', 'b'] })
      expect((await app.inject({ method: 'POST', url, payload: 'x', headers: { 'content-type': 'text/plain' } })).json()).toEqual({ body: 'x' })
      expect((await app.inject({ method: 'POST', url })).json()).toEqual({})
      for (const type of ['application/xml', 'application/x-wecom-callback', 'nonsense']) {
        expect((await app.inject({ method: 'POST', url, payload: '<a/>', headers: { 'content-type': type } })).statusCode).toBe(415)
      }
    }
    expect((await send(app, '/cb', credentials)).statusCode).toBe(200)
  })

  test('keeps its error handler', async () => {
    app.setErrorHandler(async (error, _request, reply) => await reply.code(418).send({ mine: (error as Error).message }))
    await app.register(wecom, { path: '/cb', credentials, handler: () => '' })
    app.get('/fails', async () => { throw new Error('boom') })
    expect((await app.inject('/fails')).json()).toEqual({ mine: 'boom' })
    const refused = await app.inject({ method: 'POST', url: '/cb', payload: 'x', headers: { 'content-type': 'text/plain' } })
    expect([refused.statusCode, refused.body]).toEqual([400, 'Bad Request'])
  })

  test('finds request.wecomMessage, request.wecom and reply.encrypted() out of place, with an error that says so', async () => {
    const errors: unknown[] = []
    await app.register(wecom, { path: '/cb', credentials, handler: () => '' })
    app.get('/other', async (request, reply) => {
      for (const use of [() => request.wecomMessage, () => request.wecom, () => reply.encrypted()]) {
        try { use() } catch (error) { errors.push(error) }
      }
      return ''
    })
    await app.inject('/other')
    expect(errors).toEqual([expect.objectContaining({ code: 'WECOM_NOT_A_CALLBACK', message: expect.stringContaining('expected request.wecomMessage to be used in the handler of a callback, got GET /other.') as string }),
      expect.objectContaining({ code: 'WECOM_NOT_A_CALLBACK' }), expect.objectContaining({ code: 'WECOM_NOT_A_CALLBACK' })])
  })
})

test('a body schema that refuses the decrypted message tells the sender nothing of it', async () => {
  const errors: unknown[] = []
  await app.register(wecom, { path: '/cb', credentials, onError: error => { errors.push(error.code) } })
  app.post('/cb', { schema: { body: { type: 'object', required: ['Secret'] } } }, async () => '')
  const response = await send(app, '/cb', credentials)
  expect([response.statusCode, response.body]).toEqual([400, 'Bad Request'])
  expect(errors).toEqual(['WECOM_MESSAGE_INVALID'])
})

test('decorators of another plugin, or of a second copy of this one, stop the start', async () => {
  app.decorateRequest('wecomMessage', null as never)
  await expect(async () => { await app.register(wecom, { path: '/cb', credentials, handler: () => '' }) }).rejects.toMatchObject({ code: 'WECOM_ROUTE_INVALID' })
})

test('logLevel holds for the routes of the plugin', async () => {
  const lines: string[] = []
  await app.close()
  app = Fastify({ logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } })
  await app.register(wecom, { path: '/cb', credentials, handler: () => '', logLevel: 'silent' })
  await app.inject('/cb')
  expect(lines).toEqual([])
})

describe('hooks of the app', () => {
  test('that rewrite or compress payloads leave echo, reply and refusal as they are', async () => {
    app.addHook('onSend', async (_request, reply, payload) => {
      reply.header('content-encoding', 'gzip').header('content-length', '3').type('application/json')
      return Readable.from([gzipSync(JSON.stringify({ data: String(payload) }))])
    })
    app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload }))
    await app.register(wecom, { path: '/cb', credentials, handler: () => text('yes') })
    const echo = await verify(app, '/cb', credentials)
    expect([echo.body, echo.headers['content-type'], echo.headers['content-encoding'], echo.headers['content-length']]).toEqual(['1616140317555161061', 'text/plain; charset=utf-8', undefined, '19'])
    expect(await ask(app, '/cb', credentials)).toContain('<![CDATA[yes]]>')
    const refused = await app.inject({ method: 'GET', url: '/cb' })
    expect([refused.statusCode, refused.body, refused.headers['content-encoding']]).toEqual([400, 'Bad Request', undefined])
  })

  test('that replace the stream of the body are followed, whatever Content-Length says', async () => {
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new (await import('node:stream')).PassThrough()))
    await app.register(wecom, { path: '/cb', credentials, handler: () => text('yes') })
    expect(await ask(app, '/cb', credentials)).toContain('yes')
  })

  test('that look at request.mediaType cost nothing in form (a)', async () => {
    app.addHook('onRequest', async request => { expect(request.mediaType).toBeDefined() })
    await app.register(wecom, { path: '/cb', credentials, handler: () => text('yes') })
    expect(await ask(app, '/cb', credentials, { headers: { 'content-type': 'application/json' } })).toContain('yes')
  })

  test('that look at request.mediaType are named by the log in form (b), where the app\'s parser then reads the body', async () => {
    const errors: unknown[] = []
    app.addHook('onRequest', async request => { expect(request.mediaType).toBeDefined() })
    await app.register(wecom, { path: '/cb', credentials, onError: error => { errors.push(error.code) } })
    app.post('/cb', async () => '')
    for (const type of ['text/plain', 'application/json', 'application/xml']) {
      expect((await send(app, '/cb', credentials, { headers: { 'content-type': type } })).statusCode).toBe(500)
    }
    expect(errors).toEqual(Array(3).fill('WECOM_PARSER_BYPASSED'))
  })

  test('that come with a scope without content type parsers are named by the log in form (b)', async () => {
    const errors: unknown[] = []
    await app.register(wecom, { path: '/cb', credentials, onError: error => { errors.push(error.code) } })
    await app.register(async scope => {
      scope.removeAllContentTypeParsers()
      scope.post('/cb', async () => '')
    })
    expect((await send(app, '/cb', credentials)).statusCode).toBe(500)
    expect(errors).toEqual(['WECOM_PARSER_BYPASSED'])
  })

  test('that add an onSend to every route do not come after ours', async () => {
    app.addHook('onRoute', route => {
      route.onSend = [route.onSend ?? []].flat().concat(async (_request: unknown, _reply: unknown, payload: unknown) => JSON.stringify(String(payload)))
    })
    await app.register(wecom, { path: '/cb', credentials, handler: () => text('yes') })
    expect((await verify(app, '/cb', credentials)).body).toBe('1616140317555161061')
    expect(await ask(app, '/cb', credentials)).toContain('yes')
  })

  test('that throw are answered by the app\'s own error handler', async () => {
    app.setErrorHandler(async (error, _request, reply) => await reply.code(418).send(`mine ${(error as Error).message}`))
    app.addHook('preHandler', async () => { throw new Error('not today') })
    await app.register(wecom, { path: '/cb', credentials, handler: () => '' })
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body]).toEqual([418, 'mine not today'])
  })

  test('that throw are answered by the route\'s own error handler where it has one', async () => {
    await app.register(wecom, { path: '/cb', credentials })
    app.post('/cb', { errorHandler: async (_error, _request, reply) => await reply.code(419).send('route'), preHandler: async () => { throw new Error('x') } }, async () => '')
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body]).toEqual([419, 'route'])
  })

  test('that answer a callback before its handler are told to use reply.send()', async () => {
    const errors: unknown[] = []
    app.addHook('preHandler', async (_request, reply) => {
      try { reply.encrypted() } catch (error) { errors.push((error as Error).message) }
    })
    await app.register(wecom, { path: '/cb', credentials, handler: () => text('yes') })
    expect(await ask(app, '/cb', credentials)).toContain('yes')
    expect(errors).toEqual([expect.stringContaining('got a hook before the handler.')])
  })
})

test('the parser of callbacks throws nothing at a request of another route: Fastify before 5.12.8 would end the process', () => {
  let told: unknown
  parseCallback({} as Parameters<typeof parseCallback>[0], Readable.from([]), error => { told = error })
  expect(told).toMatchObject({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 })
})
