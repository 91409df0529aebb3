import { expect, test } from 'vitest'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectNoSecrets, secretsOf } from '../support/refusal.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s is 404 though its signature is good', async method => {
  const server = await listenForTest({ credentials: settings })
  const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
  const message = method === 'TRACE' ? { method, query } : { method, query, body }
  const echo = { method, query: signEcho(settings, CONFIDENTIAL) }
  for (const request of [message, echo]) {
    const answer = await send(server.port, request)
    expect(answer.status).toBe(404)
    for (const secret of secretsOf(settings)) expect(answer.body).not.toContain(secret)
  }
  expect(server.seen).toEqual([])
  expectNoSecrets(server.log, secretsOf(settings))
})

test('HEAD is 404: nobody is told whether a signature is good', async () => {
  const server = await listenForTest({ credentials: settings })
  const { status, body } = await send(server.port, { method: 'HEAD', query: signEcho(settings, CONFIDENTIAL) })
  expect({ status, body }).toEqual({ status: 404, body: '' })
})

test('a message by GET is 400: it has no echostr', async () => {
  const server = await listenForTest({ credentials: settings })
  const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
  expect((await send(server.port, { method: 'GET', query, body })).status).toBe(400)
  expect(server.seen).toEqual([])
})

test('a verification by POST is 400: it has no body', async () => {
  const server = await listenForTest({ credentials: settings })
  expect(await send(server.port, { method: 'POST', query: signEcho(settings, CONFIDENTIAL) })).toMatchObject({ status: 400, body: 'Bad Request' })
  expect(server.seen).toEqual([])
})
