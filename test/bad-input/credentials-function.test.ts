import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CredentialHint, WecomCredentials, WecomErrorCode } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, signEcho, signMessage, type Settings } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()
const WITH_ECHO = { query: signEcho(settings, CONFIDENTIAL) }
const WITH_MESSAGE = signMessage(settings, xmlMessage(CONFIDENTIAL))

const NOTHING: unknown = undefined

/** What a function of the user's may do, whatever its type says. */
function answering (value: unknown): WecomCredentials {
  return (() => value) as WecomCredentials
}

const FAULTS: { name: string, credentials: WecomCredentials, status: number, code: WecomErrorCode, says: string }[] = [
  { name: 'throws', credentials: () => { throw new Error('no connection to the tenants') }, status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'no connection to the tenants' },
  { name: 'rejects', credentials: async () => { throw new Error('no connection to the tenants') }, status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'no connection to the tenants' },
  { name: 'rejects with nothing', credentials: async () => await new Promise((_resolve, reject) => { reject(NOTHING) }), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'a rejection' },
  { name: 'rejects when its time is up', credentials: async () => { await sleep(150); throw new Error('too late') }, status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: '100 ms' },
  { name: 'hangs', credentials: async () => await new Promise(() => {}), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: '100 ms' },
  { name: 'returns undefined', credentials: answering(undefined), status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', says: 'tenant' },
  { name: 'resolves to undefined', credentials: async () => undefined, status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', says: 'tenant' },
  { name: 'returns null', credentials: answering(null), status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', says: 'tenant' },
  { name: 'returns an empty list', credentials: async () => [], status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', says: 'tenant' },
  { name: 'returns a key of 42 characters', credentials: async () => ({ ...settings, encodingAESKey: settings.encodingAESKey.slice(1) }), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: '42 characters' },
  { name: 'returns a key with "=" at its end', credentials: async () => [{ ...settings, encodingAESKey: `${settings.encodingAESKey}=` }], status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: '"="' },
  { name: 'returns an empty token', credentials: async () => ({ ...settings, token: '' }), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'token' },
  { name: 'returns no receiveId', credentials: answering({ token: settings.token, encodingAESKey: settings.encodingAESKey }), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'receiveId' },
  { name: 'returns one good and one bad entry', credentials: answering([settings, { ...settings, encodingAESKey: undefined }]), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'encodingAESKey' },
  { name: 'returns a text', credentials: answering('x'), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'string' },
  { name: 'returns false', credentials: answering(false), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'boolean' }
]

describe.each(FAULTS)('a credentials function that $name', ({ credentials, status, code, says }) => {
  test.each([['message', WITH_MESSAGE], ['verification', WITH_ECHO]])(`makes a %s ${status}, and the log says why`, async (_, request) => {
    const server = await listenForTest({ credentials, resolveTimeout: 100 })
    const line = await expectRefused(server, request, { status, code, secrets: secretsOf(settings) })
    expect(line.msg).toContain(says)
  })
})

test('a tenant that is not found is named by what the request said of itself', async () => {
  const server = await listenForTest({ path: '/wecom/:corp', credentials: () => undefined })
  const line = await expectRefused(server, { path: '/wecom/ww-nobody', ...WITH_MESSAGE }, { status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', secrets: secretsOf(settings) })
  expect(line.msg).toContain('phase "receive", corp "ww-nobody", toUserName "ww1234567890abcdef", agentId "218"')
})

test('a function that fails when its time is up disturbs nobody', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', note)
  onTestFinished(() => { process.off('unhandledRejection', note) })
  const server = await listenForTest({ credentials: async () => { await sleep(60); throw new Error('too late') }, resolveTimeout: 30 })
  expect((await send(server.port, WITH_MESSAGE)).status).toBe(503)
  await sleep(100)
  expect(unhandled).toEqual([])
})

test('the failure of a function does not stay: the next request is asked for anew', async () => {
  let down = true
  const server = await listenForTest({ credentials: () => { if (down) throw new Error('down'); return settings } })
  expect((await send(server.port, WITH_MESSAGE)).status).toBe(503)
  down = false
  expect((await send(server.port, WITH_MESSAGE)).status).toBe(200)
})

const HINTS: { name: string, request: object, hint: object }[] = [
  { name: 'a message in XML', request: signMessage(settings, xmlMessage('x'), 'xml'), hint: { phase: 'receive', params: { corp: 'a' }, toUserName: settings.receiveId, agentId: '218', envelopeFormat: 'xml' } },
  { name: 'a message in JSON', request: signMessage(settings, xmlMessage('x'), 'json'), hint: { phase: 'receive', params: { corp: 'a' }, toUserName: settings.receiveId, agentId: '218', envelopeFormat: 'json' } },
  { name: 'a message in JSON with a number as AgentID', request: signMessage(settings, xmlMessage('x'), 'Json'), hint: { phase: 'receive', params: { corp: 'a' }, toUserName: settings.receiveId, agentId: '218', envelopeFormat: 'json' } },
  { name: 'a verification', request: WITH_ECHO, hint: { phase: 'verify', params: { corp: 'a' } } }
]

test.each(HINTS)('of $name the function sees exactly what the request says of itself', async ({ request, hint }) => {
  const hints: CredentialHint[] = []
  const server = await listenForTest({ path: '/wecom/:corp', credentials: async given => { hints.push(given); return settings } })
  const { query } = request as { query: Record<string, string> }
  expect((await send(server.port, { path: '/wecom/a', ...request })).status).toBe(200)
  expect(hints.map(({ params, query, ...rest }) => ({ ...rest, params: { ...params }, query: { ...query } }))).toEqual([{ ...hint, query }])
})

test('the function is not asked for what is no envelope at all', async () => {
  const asked: Settings[] = []
  const server = await listenForTest({ credentials: () => { asked.push(settings); return settings } })
  const { query } = WITH_MESSAGE
  await expectRefused(server, { query, body: 'hello' }, { status: 400, code: 'WECOM_ENVELOPE_INVALID', secrets: secretsOf(settings) })
  expect(asked).toEqual([])
})
