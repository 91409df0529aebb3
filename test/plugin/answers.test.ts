import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import wecom, { text, type WecomContext, type WecomError, type WecomHandler } from '../../src/index.js'
import { newSettings } from '../support/requests.js'
import { ask, send } from './send.js'

const credentials = newSettings()
const EVENT = '<xml><ToUserName>corp</ToUserName><FromUserName>sys</FromUserName><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>create_user</ChangeType></xml>'
let app: FastifyInstance
let lines: string[]

beforeEach(() => {
  lines = []
  app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } })
})
afterEach(async () => { await app.close() })

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

async function register (form: string, handler: Handler, onError?: (error: WecomError, context: WecomContext | undefined) => unknown): Promise<void> {
  await app.register(wecom, { path: '/cb', credentials, ...(form === 'a' ? { handler: handler as WecomHandler } : {}), ...(onError === undefined ? {} : { onError }) })
  if (form === 'b') app.post('/cb', handler as never)
}

describe.each(['a', 'b'])('in form (%s)', form => {
  test.each<[string, Handler]>([
    ['returns a value', () => text('yes')],
    ['returns a promise of a value', async () => text('yes')],
    ['returns reply.encrypted()', (_request, reply) => reply.encrypted(text('yes'))],
    ['returns a promise of reply.encrypted()', async (_request, reply) => reply.encrypted(text('yes'))],
    ['calls reply.encrypted() and returns nothing', async (_request, reply) => { reply.encrypted(text('yes')) }],
    ['calls reply.encrypted() later', (_request, reply) => { setTimeout(() => { reply.encrypted(text('yes')) }, 10) }],
    ['calls reply.encrypted() and goes on working', async (_request, reply) => { reply.encrypted(text('yes')); await sleep(20) }],
    ['returns an object', () => ({ MsgType: 'text', Content: 'yes' })],
    ['returns XML text', () => '<xml><Content><![CDATA[yes]]></Content></xml>']
  ])('a handler that %s answers with it', async (_name, handler) => {
    await register(form, handler)
    expect(await ask(app, '/cb', credentials)).toContain('<Content><![CDATA[yes]]></Content>')
    expect(lines).toEqual([])
  })

  test.each<[string, Handler]>([
    ['nothing', async () => {}],
    ['nothing at once, having no reply to answer later', (_request: FastifyRequest) => {}],
    ["''", () => ''],
    ["'success'", async () => 'success'],
    ['reply.encrypted()', async (_request, reply) => reply.encrypted()]
  ])('a handler that answers with %s says nothing: an empty 200', async (_name, handler) => {
    await register(form, handler)
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body]).toEqual([200, ''])
  })

  test.each<[string, Handler, string]>([
    ['throws', () => { throw new TypeError('secret') }, 'an exception (TypeError)'],
    ['rejects', async () => await Promise.reject(new Error('secret')), 'an exception (Error)'],
    ['throws a text', () => { throw 'secret' }, 'an exception (Error)'], // eslint-disable-line no-throw-literal -- users do
    ['returns other text', () => 'hello', 'WECOM_REPLY_INVALID (expected XML text with the root <xml>, as the message is XML, or a reply value, got other text'],
    ['returns a number', async () => 42, 'WECOM_REPLY_INVALID'],
    ['calls reply.encrypted() with nonsense', (_request, reply) => reply.encrypted(42 as never), 'WECOM_REPLY_INVALID'],
    ['returns what XML cannot hold', () => ({ MsgType: 'text', Content: NaN }), 'got the number NaN']
  ])('a handler that %s is answered with 500; the log names the kind, onError the error', async (_name, handler, got) => {
    const errors: unknown[] = []
    await register(form, handler, (error, context) => { errors.push([error.code, context?.kind]); throw new Error('onError fails too') })
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body]).toEqual([500, 'Internal Server Error'])
    await expect.poll(() => lines).toHaveLength(2)
    expect(errors).toEqual([['WECOM_HANDLER_FAILED', 'text']])
    const [line, second] = lines.map(text => JSON.parse(text) as { level: number, code: string, kind: string, msg: string })
    expect(line).toMatchObject({ level: 50, code: 'WECOM_HANDLER_FAILED', kind: 'text' })
    expect(line?.msg).toContain(got)
    expect(second?.msg).toBe('onError failed')
    expect(lines.join()).not.toContain('"hi"')
  })

  test('a second reply.encrypted() throws, and the first answer stands', async () => {
    let second: unknown
    await register(form, (_request, reply) => {
      reply.encrypted(text('yes'))
      try { reply.encrypted(text('again')) } catch (error) { second = error }
      return reply
    })
    expect(await ask(app, '/cb', credentials)).toContain('yes')
    expect(second).toMatchObject({ code: 'WECOM_REPLY_REPEATED' })
  })

  test.each<[string, Handler]>([
    ['reply.send(error)', (_request, reply) => reply.send(new Error('boom'))],
    ['await reply.send(error)', async (_request, reply) => { await reply.send(new Error('boom')) }]
  ])('%s is a handler that fails', async (_name, handler) => {
    await register(form, handler)
    expect((await send(app, '/cb', credentials)).statusCode).toBe(500)
    expect(lines.join()).toContain('"message":"boom"')
  })

  test.each<[string, Handler]>([
    ['reply.encrypted().send()', (_request, reply) => reply.encrypted(text('yes')).send()],
    ['another value returned after reply.encrypted()', async (_request, reply) => { reply.encrypted(text('yes')); return text('no') }],
    ['reply.send() after reply.encrypted()', async (_request, reply) => { reply.encrypted(text('yes')); return await reply.send('plain') }],
    ['hijack() after reply.encrypted()', async (_request, reply) => { reply.encrypted(text('yes')); return reply.hijack() }]
  ])('%s does not spoil the answer, and the log says what is wrong', async (_name, handler) => {
    await register(form, handler)
    expect(await ask(app, '/cb', credentials)).toContain('yes')
    expect(lines.join()).toContain('reply.encrypted() is the whole answer')
  })

  test('the reply goes to who sent the message, whatever the handler does to it', async () => {
    await register(form, async request => { Object.assign(request.wecomMessage, { FromUserName: 'mallory', ToUserName: '' }); return text('yes') })
    expect(await ask(app, '/cb', credentials)).toContain('<ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[corp]]></FromUserName>')
  })

  test('a handler that fails after it answered is logged, and the answer stands', async () => {
    await register(form, async (_request, reply) => { reply.encrypted(text('yes')); throw new Error('late') })
    expect(await ask(app, '/cb', credentials)).toContain('yes')
    expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual(['the handler failed after it had answered'])
  })

  test.each<[string, Handler]>([
    ['reply.send()', async (_request, reply) => { await reply.send('mine') }],
    ['reply.send() without waiting', async (_request, reply) => { reply.send('mine') }],
    ['return reply.send()', (_request, reply) => reply.send('mine')],
    ['hijack()', async (_request, reply) => { reply.hijack(); reply.raw.end('mine') }]
  ])('a handler that answers by %s is let through and logged once', async (_name, handler) => {
    app.addHook('onSend', async (_request, _reply, payload) => { await sleep(5); return payload })
    await register(form, handler)
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body]).toEqual([200, 'mine'])
    expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([expect.stringContaining('reply.send() or hijack()')])
  })

  test('kinds that take no passive reply ignore what a handler returns', async () => {
    await register(form, async () => ({ id: 7 }))
    expect((await send(app, '/cb', credentials, { message: EVENT })).body).toBe('')
  })

  test('a reply to a kind that takes none is ignored and logged once, so that WeCom does not send again', async () => {
    await register(form, () => text('yes'))
    expect(await send(app, '/cb', credentials, { message: EVENT })).toMatchObject({ statusCode: 200, body: '' })
    expect(lines.map(line => JSON.parse(line) as object)).toEqual([expect.objectContaining({ level: 40, msg: expect.stringMatching(/^a reply to a message of kind event\.\S+ was ignored, because WeCom takes none: return nothing, and use the message API/) as string })])
  })
})

test('request.wecom has attempt, signal and log', async () => {
  let context: WecomContext | undefined
  await register('a', request => { context = request.wecom; return '' })
  await send(app, '/cb', credentials)
  expect(context).toMatchObject({ attempt: 1, kind: 'text' })
  expect(typeof context?.log.info).toBe('function')
  expect(context?.signal.aborted).toBe(false)
})

test('request.body is the message as well', async () => {
  let body: unknown
  await register('a', request => { body = request.body === request.wecomMessage; return '' })
  await send(app, '/cb', credentials)
  expect(body).toBe(true)
})
