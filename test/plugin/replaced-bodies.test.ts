import { AsyncLocalStorage } from 'node:async_hooks'
import { PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import Fastify, { type FastifyInstance, type preParsingAsyncHookHandler } from 'fastify'
import wecom, { text, type WecomError } from '../../src/index.js'
import { newSettings, openReply } from '../support/requests.js'
import { send } from './send.js'

const settings = newSettings()
let app: FastifyInstance
let errors: WecomError[]
const asked = new AsyncLocalStorage<string>()

beforeEach(() => {
  app = Fastify()
  errors = []
})
afterEach(async () => { await app.close() })

async function answered (hook: preParsingAsyncHookHandler): Promise<number> {
  app.addHook('preParsing', hook)
  await app.register(wecom, { path: '/cb', credentials: settings, handler: () => text(asked.getStore() ?? 'ok'), onError: error => { errors.push(error) } })
  return (await send(app, '/cb', settings)).statusCode
}

test.each<[string, preParsingAsyncHookHandler]>([
  ['as it is', async (_request, _reply, payload) => payload],
  ['through another stream', async (_request, _reply, payload) => payload.pipe(new PassThrough())],
  ['in pieces of one byte', async (_request, _reply, payload) => Readable.from((async function * () {
    for await (const chunk of payload) for (const byte of chunk as Buffer) yield Buffer.of(byte)
  })())]
])('a body that a hook gives on %s is read whole', async (_how, hook) => {
  expect(await answered(hook)).toBe(200)
})

test.each<[string, preParsingAsyncHookHandler, string]>([
  ['gives texts', async (_request, _reply, payload) => payload.setEncoding('utf8'), 'given an encoding'],
  ['gives texts one by one', async () => Readable.from(['<xml>', '</xml>']), 'given an encoding'],
  ['gives texts one by one, later', async (_request, _reply, payload) => Readable.from((async function * () { for await (const piece of payload) yield String(piece) })()), 'given an encoding'],
  ['gives objects', async () => Readable.from([{ a: 1 }, [2]]), 'given an encoding'],
  ['was read before', async (_request, _reply, payload) => { await finished(payload.resume()); return payload }, 'already read'],
  ['breaks', async () => new Readable({ read () { this.destroy(new Error('broken')) } }), 'broke off']
])('a stream that a hook puts in the place of the body and that %s is answered with 400', async (_what, hook, got) => {
  expect(await answered(hook)).toBe(400)
  expect(errors).toMatchObject([{ code: 'WECOM_BODY_ABORTED', message: expect.stringContaining(got) as string }])
})

test('a handler runs in the async context of its request, which a hook has begun', async () => {
  app.addHook('onRequest', (_request, _reply, done) => { asked.run('of this request', done) })
  app.addHook('preParsing', async (_request, _reply, payload) => payload)
  await app.register(wecom, { path: '/cb', credentials: settings, handler: () => text(asked.getStore() ?? 'none') })
  expect(openReply(settings, (await send(app, '/cb', settings)).body, 'xml').plaintext).toContain('of this request')
})
