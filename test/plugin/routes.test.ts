import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bullmqInbox, createInboxWorker } from '../../src/bullmq/index.js'
import wecom, { memoryStore, text } from '../../src/index.js'
import { createReceiver } from '../../src/receiver/index.js'
import { redisStore } from '../../src/redis/index.js'
import { newSettings } from '../support/requests.js'
import { ask, send, verify } from './send.js'

const credentials = newSettings()
let app: FastifyInstance

beforeEach(() => { app = Fastify() })
afterEach(async () => { await app.close() })

const echo = async ({ wecomMessage: message }: FastifyRequest) => text(`echo ${message.MsgType === 'text' ? message.Content : '?'}`)

describe('form (a), the plugin owns the route', () => {
  test.each([
    ['at the root', '/cb', undefined, '/cb'],
    ['with a prefix', '/cb', '/api', '/api/cb'],
    ['at / under a prefix', '/', '/api', '/api'],
    ['with parameters', '/cb/:tenant', undefined, '/cb/t1'],
    ['with a wildcard', '/cb/*', undefined, '/cb/x/y']
  ])('%s', async (_name, path, prefix, url) => {
    await app.register(wecom, { path, ...(prefix === undefined ? {} : { prefix }), credentials, handler: echo })
    expect((await verify(app, url, credentials)).body).toBe('1616140317555161061')
    expect(await ask(app, url, credentials)).toContain('<![CDATA[echo hi]]>')
  })

  test('in a scope with a prefix of its own', async () => {
    await app.register(async scope => { await scope.register(wecom, { path: '/cb', prefix: '/b', credentials, handler: echo }) }, { prefix: '/a' })
    expect(await ask(app, '/a/b/cb', credentials)).toContain('echo hi')
  })

  test('the handler finds parameters and query, and `this` is the server', async () => {
    const seen: unknown[] = []
    await app.register(wecom, {
      path: '/cb/:tenant',
      credentials,
      handler (request) {
        seen.push(request.wecom.params, (request.wecom.query as { a: string }).a, typeof this.register)
        return ''
      }
    })
    await send(app, '/cb/t1?a=1', credentials)
    expect(seen).toEqual([{ tenant: 't1' }, '1', 'function'])
  })
})

describe('form (b), the app owns the route', () => {
  test('declared after the plugin at the root', async () => {
    await app.register(wecom, { path: '/cb', credentials })
    app.post('/cb', async (request, reply) => reply.encrypted(text(`b ${request.wecom.kind}`)))
    expect((await verify(app, '/cb', credentials)).body).toBe('1616140317555161061')
    expect(await ask(app, '/cb', credentials)).toContain('b text')
  })

  test.each([
    ['as app.route', () => app.route({ method: ['POST'], url: '/cb', handler: echo })],
    ['as app.route in lower case', () => app.route({ method: 'post' as 'POST', url: '/cb', handler: echo })],
    ['in a child scope', async () => await app.register(async scope => { scope.post('/cb', echo) })],
    ['in a child scope with a prefix that makes up the path', async () => await app.register(async scope => { scope.post('/', echo) }, { prefix: '/cb' })]
  ])('%s', async (_name, declare) => {
    await app.register(wecom, { path: '/cb', credentials })
    await declare()
    expect(await ask(app, '/cb', credentials)).toContain('echo hi')
  })

  test('with a prefix given to the plugin', async () => {
    await app.register(wecom, { path: '/cb', prefix: '/api', credentials })
    app.post('/api/cb', echo)
    expect((await verify(app, '/api/cb', credentials)).statusCode).toBe(200)
    expect(await ask(app, '/api/cb', credentials)).toContain('echo hi')
  })

  test('in a scope of its own', async () => {
    await app.register(async scope => {
      await scope.register(wecom, { path: '/cb', credentials })
      scope.post('/cb', echo)
    }, { prefix: '/a' })
    expect(await ask(app, '/a/cb', credentials)).toContain('echo hi')
  })

  test('with the route\'s own hooks, config and body limit', async () => {
    const order: string[] = []
    await app.register(wecom, { path: '/cb', credentials })
    app.post('/cb', {
      bodyLimit: 2000,
      config: { mine: 1 } as object,
      preParsing: async (_request, _reply, payload) => { order.push('preParsing'); return payload },
      preHandler: async request => { order.push(`preHandler ${request.wecom.kind}`) },
      onSend: async (_request, _reply, payload) => { order.push('onSend'); return payload }
    }, async request => { order.push(JSON.stringify(request.routeOptions.config)); return text('x') })
    expect(await ask(app, '/cb', credentials)).toContain('<![CDATA[x]]>')
    expect(order).toEqual(['preParsing', 'preHandler text', expect.stringContaining('"mine":1') as string, 'onSend'])
    const long = await send(app, '/cb', credentials, { message: `<xml><MsgType>text</MsgType><Content>${'x'.repeat(2000)}</Content></xml>` })
    expect(long.statusCode).toBe(413)
  })

  test.each<[string, () => unknown, string]>([
    ['POST and PUT', () => app.route({ method: ['POST', 'PUT'], url: '/cb', handler: echo }), 'POST, PUT'],
    ['POST and HEAD', () => app.route({ method: ['HEAD', 'POST'], url: '/cb', handler: echo }), 'HEAD, POST'],
    ['GET and POST', () => app.route({ method: ['GET', 'POST'], url: '/cb', constraints: { host: 'a.example' }, handler: echo }), 'GET, POST'],
    ['every method', () => app.all('/cb', { constraints: { host: 'a.example' } }, echo), 'DELETE']
  ])('a route for %s is refused, as only a POST is verified', async (_name, declare, methods) => {
    await app.register(wecom, { path: '/cb', credentials })
    expect(declare).toThrow(expect.objectContaining({ code: 'WECOM_ROUTE_INVALID', message: expect.stringContaining(methods) as string }) as Error)
  })

  test('a route with a constraint is verified as well', async () => {
    await app.register(wecom, { path: '/cb', credentials })
    app.route({ method: 'POST', url: '/cb', constraints: { host: 'a.example' }, handler: echo })
    app.post('/cb', echo)
    for (const host of ['a.example', 'b.example']) {
      expect((await app.inject({ method: 'POST', url: '/cb', headers: { host }, payload: '<xml/>' })).statusCode).toBe(400)
      expect((await send(app, '/cb', credentials, { headers: { host } })).statusCode).toBe(200)
    }
  })

  test('other methods have routes of their own', async () => {
    await app.register(wecom, { path: '/cb', credentials })
    app.post('/cb', echo)
    app.put('/cb', async request => request.body)
    expect((await app.inject({ method: 'PUT', url: '/cb', payload: { a: 1 } })).json()).toEqual({ a: 1 })
  })

  test.each([
    ['no POST route at all', async () => { await app.register(wecom, { path: '/cb', credentials }) }, 'expected a POST route at /cb, as the plugin was registered without a handler, got none.'],
    ['a POST route at another path', async () => { await app.register(wecom, { path: '/cb', credentials }); app.post('/cb2', async () => '') }, 'got none.'],
    ['a POST route declared before', async () => { app.post('/cb', async () => ''); await app.register(wecom, { path: '/cb', credentials }) }, 'expected POST /cb to be declared after this plugin, got one declared before it.'],
    ['a POST route in a sibling scope', async () => {
      await app.register(async scope => { await scope.register(wecom, { path: '/cb', credentials }) })
      await app.register(async scope => { scope.post('/cb', async () => '') })
    }, 'got none.']
  ])('%s stops the start', async (_name, declare, message) => {
    await expect((async () => { await declare(); await app.ready() })()).rejects.toMatchObject({ code: 'WECOM_ROUTE_INVALID', message: expect.stringContaining(message) as string })
  })
})

describe('several registrations on one app', () => {
  test('each has its own credentials, in both forms, and no message passes at the other\'s path', async () => {
    const other = newSettings()
    await app.register(wecom, { path: '/a', credentials, handler: () => text('a') })
    await app.register(wecom, { path: '/b', credentials: other })
    await app.register(wecom, { path: '/c', credentials: other })
    app.post('/b', async () => text('b'))
    app.post('/c', async () => text('c'))
    expect(await ask(app, '/a', credentials)).toContain('<![CDATA[a]]>')
    expect(await ask(app, '/b', other)).toContain('<![CDATA[b]]>')
    expect(await ask(app, '/c', other)).toContain('<![CDATA[c]]>')
    expect((await send(app, '/a', other)).statusCode).toBe(401)
    expect((await send(app, '/b', credentials)).statusCode).toBe(401)
  })

  test('at one path fail, as two routes do', async () => {
    await app.register(wecom, { path: '/a', credentials, handler: () => '' })
    await expect(async () => { await app.register(wecom, { path: '/a', credentials, handler: () => '' }) }).rejects.toThrow(/already declared/)
  })
})

describe('options', () => {
  test.each<[object, string]>([
    [{ path: undefined }, "expected path to begin with '/', got undefined."],
    [{ path: 'cb' }, "expected path to begin with '/', got \"cb\"."],
    [{ credentials: undefined }, 'expected credentials to be { token, encodingAESKey, receiveId }, got nothing.'],
    [{ credentials: { ...credentials, token: '' } }, 'got an empty text.'],
    [{ credentials: { ...credentials, encodingAESKey: 'x' } }, 'expected encodingAESKey to be the 43 characters'],
    [{ handler: 'x' }, 'expected handler to be a function or a router, got "x".'],
    [{ onError: 1 }, 'expected onError to be a function, got number.'],
    [{ bodyLimit: 1.5 }, 'expected bodyLimit to be a whole number of bytes above 0, got 1.5.'],
    [{ bodyLimit: 0 }, 'got 0.'],
    [{ bodyTimeout: 0 }, 'expected bodyTimeout to be milliseconds above 0'],
    [{ timestampTolerance: -1 }, 'expected timestampTolerance to be milliseconds above 0, or Infinity, got -1.']
  ])('%j fails at registration', async (wrong, message) => {
    await expect(async () => { await app.register(wecom, { path: '/cb', credentials, handler: () => '', ...wrong } as never) }).rejects.toThrow(message)
  })

  test.each<[string, (options: object) => unknown, object, string]>([
    ['the plugin', options => wecom(Fastify(), { path: '/cb', credentials, handler: () => '', ...options }), { timestampTolerence: 1 }, 'got "timestampTolerence". Did you mean timestampTolerance?'],
    ['the plugin', options => wecom(Fastify(), { path: '/cb', credentials, handler: () => '', ...options }), { banana: 1 }, 'got "banana". Leave it out.'],
    ['the credentials', name => createReceiver({ credentials: { ...credentials, ...name } }), { emptyAnwser: 'success' }, 'got emptyAnwser. Did you mean emptyAnswer?'],
    ['the credentials', name => createReceiver({ credentials: { token: 't', receiveId: '', ...name } as never }), { encodingAesKey: 'x' }, 'Did you mean encodingAESKey by encodingAesKey?'],
    ['createReceiver', options => createReceiver({ credentials, ...options }), { resolve_timeout: 1 }, 'Did you mean resolveTimeout?'],
    ['memoryStore', options => memoryStore(options), { maxbytes: 1 }, 'Did you mean maxBytes?'],
    ['redisStore', options => redisStore({ client: {} as never, ...options }), { leese: 1 }, 'Did you mean lease?'],
    ['bullmqInbox', options => bullmqInbox({ connection: {}, encryptionKey: false, ...options }), { acept: 1 }, 'Did you mean accept?'],
    ['createInboxWorker', options => createInboxWorker(() => {}, { connection: {}, encryptionKey: false, ...options }), { onLateReplay: 1 }, 'Did you mean onLateReply?']
  ])('of %s: a name that is none is refused: %j', async (_whose, use, wrong, message) => {
    await expect(async () => await use(wrong)).rejects.toThrow(message)
  })

  test('a credential may come from a row that holds more', async () => {
    const row = { ...credentials, id: 7, createdAt: new Date(), receivedAt: 1, tenant: 'x' }
    await app.register(wecom, { path: '/cb', credentials: () => row, handler: () => text('x') })
    expect(await ask(app, '/cb', credentials)).toContain('<![CDATA[x]]>')
  })

  test.each([
    [{ deadline: 4 }, 'expected deadline to be milliseconds, at least 50, got 4. If 4 seconds were meant, give 4000;'],
    [{ timestampTolerance: 300 }, 'expected timestampTolerance to be milliseconds, at least 1000, got 300. If 300 seconds were meant, give 300000;'],
    [{ closeGrace: 10 }, 'got 10. If 10 seconds'],
    [{ bodyTimeout: 5 }, 'got 5. If 5 seconds'],
    [{ credentials: { ...credentials, receiveId: 'ww1a2b3c4d5e6f7081 ' } }, 'expected credentials.receiveId to have no blanks around it'],
    [{ credentials: { ...credentials, receiveId: ['ww1', '\tww2'] } }, 'expected credentials.receiveId to have no blanks around it']
  ])('%j looks like a slip and is refused', async (wrong, message) => {
    await expect(async () => { await app.register(wecom, { path: '/cb', credentials, handler: () => '', ...wrong }) }).rejects.toThrow(message)
  })
})
