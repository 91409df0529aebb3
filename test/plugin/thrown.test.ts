import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import wecom, { createRouter, memoryStore, text, type AttemptStore, type Inbox, type WecomHandler, type WecomOptions } from '../../src/index.js'
import { stripErrorDetails, loggableError, rejectionText, toError, wordFor } from '../../src/support/strip-error-details.js'
import { gate } from '../support/gate.js'
import { newSettings } from '../support/requests.js'
import { THROWN } from '../support/thrown.js'
import { send, verify } from './send.js'

const credentials = newSettings()
const CONTACT = '<xml><FromUserName>sys</FromUserName><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>create_user</ChangeType><UserID>u</UserID></xml>'

interface Line { level: number, msg: string, code?: string, err?: { type: string, message: string } }

async function start (options: Partial<WecomOptions>, prepare: (app: FastifyInstance) => void = () => {}): Promise<{ app: FastifyInstance, lines: Line[] }> {
  const lines: Line[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => { lines.push(JSON.parse(line) as Line) } } } })
  onTestFinished(async () => { await app.close() })
  await app.register(wecom, { path: '/cb', credentials, ...options })
  prepare(app)
  return { app, lines }
}

/** Rejected with as it is: a rule of lint wants errors. */
async function reject (value: unknown): Promise<never> {
  return await new Promise<never>((_resolve, reject) => { reject(value) })
}

describe.each(THROWN)('%s, thrown', (_name, make) => {
  test.each<[string, WecomHandler]>([
    ['by a handler', () => { throw make() }],
    ['by a handler that takes the reply', (_request, _reply) => { throw make() }],
    ['by an async handler', async () => { throw make() }],
    ['by a handler, later', async () => { await sleep(1); throw make() }]
  ])('%s, is a 500 that the log names, in both forms; the server goes on', async (_where, handler) => {
    const causes: unknown[] = []
    const onError: WecomOptions['onError'] = error => { causes.push(error.cause); throw make() }
    for (const { app, lines } of [
      await start({ handler, onError }),
      await start({ onError }, app => { app.post('/cb', handler as never) })
    ]) {
      const response = await send(app, '/cb', credentials)
      expect([response.statusCode, response.body]).toEqual([500, 'Internal Server Error'])
      await expect.poll(() => lines.map(({ code, msg }) => code ?? msg)).toEqual(['WECOM_HANDLER_FAILED', 'onError failed'])
      for (const { err } of lines) expect(typeof err?.message).toBe('string')
    }
    expect(causes.every(cause => cause instanceof Error)).toBe(true)
  })

  test('by a router, or by its onError, is a 500', async () => {
    const { app } = await start({ handler: createRouter().on('text', () => { throw make() }) })
    const { app: other } = await start({ handler: createRouter().on('text', () => { throw new Error('down') }).onError(() => { throw make() }) })
    expect([(await send(app, '/cb', credentials)).statusCode, (await send(other, '/cb', credentials)).statusCode]).toEqual([500, 500])
  })

  test('by the credentials function is a 503', async () => {
    for (const fail of [() => { throw make() }, async () => await reject(make())]) {
      const { app, lines } = await start({ credentials: fail, handler: () => {} })
      expect([(await send(app, '/cb', credentials)).statusCode, (await verify(app, '/cb', credentials)).statusCode]).toEqual([503, 503])
      expect(lines.map(({ code }) => code)).toEqual(['WECOM_CREDENTIALS_UNAVAILABLE', 'WECOM_CREDENTIALS_UNAVAILABLE'])
    }
  })

  test('by the predicate for receiveId is a 503', async () => {
    for (const receiveId of [() => { throw make() }, async () => await reject(make())]) {
      const { app, lines } = await start({ credentials: { ...credentials, receiveId }, handler: () => {} })
      expect([(await send(app, '/cb', credentials)).statusCode, (await verify(app, '/cb', credentials)).statusCode]).toEqual([503, 503])
      expect(lines.map(({ code }) => code)).toEqual(['WECOM_CREDENTIALS_UNAVAILABLE', 'WECOM_CREDENTIALS_UNAVAILABLE'])
    }
  })

  test('by the store is a 503 where it is to refuse, and gone on without where not', async () => {
    for (const attach of [() => { throw make() }, async () => await reject(make())] as Array<AttemptStore['attach']>) {
      const store: AttemptStore = { attach, close: async () => await reject(make()) }
      const refusing = await start({ store, onStoreError: 'refuse', handler: () => text('yes') })
      const going = await start({ store, handler: () => text('yes') })
      expect([(await send(refusing.app, '/cb', credentials)).statusCode, (await send(going.app, '/cb', credentials)).statusCode]).toEqual([503, 200])
      await going.app.close()
      await refusing.app.close()
      expect(refusing.lines.map(({ code, msg }) => code ?? msg)).toEqual(['WECOM_STORE_UNAVAILABLE', 'the store or the inbox could not be closed'])
      expect(going.lines).toHaveLength(1)
    }
  })

  test('by the store as it takes the reply, lets the reply go out', async () => {
    const inner = memoryStore()
    const store: AttemptStore = {
      attach: async (key, options) => {
        const attempt = await inner.attach(key, options)
        return { ...attempt, run: attempt.run && { ...attempt.run, settle: async () => await reject(make()) } }
      }
    }
    const { app } = await start({ store, handler: () => text('yes') })
    const response = await send(app, '/cb', credentials)
    expect([response.statusCode, response.body === '']).toEqual([200, false])
  })

  test('by the inbox is a 503', async () => {
    for (const inbox of [
      { accepts: () => true, put: async () => await reject(make()) },
      { accepts: () => true, put: () => { throw make() }, close: () => { throw make() } },
      { accepts: () => { throw make() }, put: async () => {}, close: async () => await reject(make()) }
    ] as Inbox[]) {
      const { app, lines } = await start({ inbox })
      expect((await send(app, '/cb', credentials, { message: CONTACT })).statusCode).toBe(503)
      await app.close()
      expect(lines.map(({ code, msg }) => code ?? msg)).toEqual(['WECOM_INBOX_UNAVAILABLE', ...(inbox.close === undefined ? [] : ['the store or the inbox could not be closed'])])
    }
  })

  test('by a handler after its message was acknowledged, and by the hook that is told, is logged', async () => {
    const late: unknown[] = []
    const end = gate()
    const { app, lines } = await start({
      deadline: 60,
      handler: async () => { await end.opened; throw make() },
      onLateError: error => { late.push(error); throw make() }
    })
    expect((await send(app, '/cb', credentials, { message: CONTACT })).statusCode).toBe(200)
    end.open()
    await expect.poll(() => late).toHaveLength(1)
    await expect.poll(() => lines.map(({ msg }) => msg)).toEqual(['the handler failed after the message was acknowledged: WeCom will not send it again', 'onLateError failed'])
  })

  test('by onLateReply is logged', async () => {
    const end = gate()
    const { app, lines } = await start({ deadline: 60, handler: async () => { await end.opened; return text('late') }, onLateReply: () => { throw make() } })
    expect((await send(app, '/cb', credentials)).statusCode).toBe(200)
    end.open()
    await expect.poll(() => lines.map(({ msg }) => msg)).toEqual(['onLateReply failed'])
    expect(lines[0]).toMatchObject({ kind: 'text', key: expect.stringMatching(/^[\w-]{8}$/) as string, attempt: 1 })
  })

  test('by a hook of the app does not bring the server down', async () => {
    for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
      for (const options of [{ handler: () => {} }, {}]) {
        const app = Fastify({ logger: { level: 'warn', stream: { write () {} } } })
        onTestFinished(async () => { await app.close() })
        app.addHook(hook, async request => { if (request.method === 'POST') throw make() })
        await app.register(wecom, { path: '/cb', credentials, ...options })
        if (options.handler === undefined) app.post('/cb', () => {})
        expect((await send(app, '/cb', credentials)).statusCode).toBeGreaterThanOrEqual(500)
      }
    }
  })

  test('is told by functions that never throw', () => {
    const thrown = make()
    for (const error of [stripErrorDetails(thrown), loggableError(thrown), toError(thrown)]) expect(Object.prototype.toString.call(error)).toBe('[object Error]')
    expect(stripErrorDetails(thrown).message).not.toBe('')
    expect([typeof wordFor(thrown), typeof rejectionText(thrown)]).toEqual(['string', 'string'])
  })
})

test('what is logged of an error keeps its type, its plain fields and its causes', () => {
  class PaymentError extends Error {}
  const error = Object.assign(new PaymentError('no', { cause: new TypeError('deep', { cause: new Error('deeper') }) }), { errcode: 40001, command: { args: ['secret'] } })
  const logged = loggableError(error)
  expect(logged).toMatchObject({ message: 'no', errcode: 40001, stack: error.stack, cause: { name: 'TypeError', message: 'deep', cause: { message: 'deeper' } } })
  expect(logged.constructor.name).toBe('PaymentError')
  expect(logged).not.toHaveProperty('command')
})
