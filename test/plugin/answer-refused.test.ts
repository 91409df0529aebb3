import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import wecom, { text } from '../../src/index.js'
import { newSettings, signMessage } from '../support/requests.js'

const credentials = newSettings()
const MESSAGE = '<xml><ToUserName>w</ToUserName><FromUserName>u</FromUserName><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>'

test.each(['code', 'type', 'serializer'] as const)('a reply.%s of the app that throws leaves no request without an answer', async name => {
  const app = Fastify()
  app.addHook('preHandler', async (_request, reply) => {
    const own = reply[name].bind(reply) as (value: never) => typeof reply
    let calls = 0
    Object.assign(reply, {
      [name]: (value: never) => {
        if (calls++ === 0) throw new Error('refused')
        return own(value)
      }
    })
  })
  await app.register(wecom, { path: '/cb', credentials, handler: () => text('hello') })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  const { query, body } = signMessage(credentials, MESSAGE)
  const response = await fetch(`${origin}/cb?${new URLSearchParams(query)}`, { method: 'POST', body, signal: AbortSignal.timeout(2_000) })
  expect(response.status).toBe(500)
})
