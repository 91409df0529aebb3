import { describe, expect, test } from 'vitest'
import type { CredentialHint, ReceiveIdPolicy, WecomErrorCode } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf, WRONG_KEY } from '../support/refusal.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()
const MESSAGE = xmlMessage(CONFIDENTIAL)
const REQUESTS = [['message', signMessage(settings, MESSAGE)], ['verification', { query: signEcho(settings, CONFIDENTIAL) }]] as const

function answering (value: unknown): ReceiveIdPolicy {
  return (() => value) as ReceiveIdPolicy
}

describe.each<{ name: string, receiveId: ReceiveIdPolicy }>([
  { name: 'returns true', receiveId: id => id === settings.receiveId },
  { name: 'resolves to true', receiveId: async id => id === settings.receiveId },
  { name: 'resolves to true within resolveTimeout', receiveId: async () => await new Promise(resolve => setTimeout(resolve, 50, true)) }
])('a receiveId predicate that $name', ({ receiveId }) => {
  test.each(REQUESTS)('lets a %s pass', async (_, request) => {
    const server = await listenForTest({ credentials: { ...settings, receiveId }, resolveTimeout: 2_000 })
    expect((await send(server.port, request)).status).toBe(200)
  })
})

const FAULTS: { name: string, receiveId: ReceiveIdPolicy, status: number, code: WecomErrorCode, says: string }[] = [
  { name: 'returns false', receiveId: () => false, status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', says: settings.receiveId },
  { name: 'resolves to false', receiveId: async () => false, status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', says: settings.receiveId },
  // Only true is a yes: a forgotten return, or the row of a table, is none.
  { name: 'returns nothing', receiveId: answering(undefined), status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', says: settings.receiveId },
  { name: 'returns 1', receiveId: answering(1), status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', says: settings.receiveId },
  { name: 'resolves to an object', receiveId: answering(Promise.resolve({})), status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', says: settings.receiveId },
  { name: 'throws', receiveId: () => { throw new Error('no connection to the tenants') }, status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'no connection to the tenants' },
  { name: 'rejects', receiveId: async () => { throw new Error('no connection to the tenants') }, status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: 'no connection to the tenants' },
  { name: 'hangs', receiveId: async () => await new Promise(() => {}), status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', says: '100 ms' }
]

describe.each(FAULTS)('a receiveId predicate that $name', ({ receiveId, status, code, says }) => {
  test.each(REQUESTS)(`makes a %s ${status}, and the log says why`, async (_, request) => {
    const server = await listenForTest({ credentials: { ...settings, receiveId }, resolveTimeout: 100 })
    const line = await expectRefused(server, request, { status, code, secrets: secretsOf(settings) })
    expect(line.msg).toContain(says)
  })
})

test('the predicate is asked only about what was signed and decrypted', async () => {
  const asked: string[] = []
  const server = await listenForTest({ credentials: { ...settings, receiveId: id => { asked.push(id); return true } } })
  const { query, body } = signMessage(settings, MESSAGE)
  await expectRefused(server, { query: { ...query, nonce: 'x' }, body }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: secretsOf(settings) })
  await expectRefused(server, signMessage({ ...newSettings(), token: settings.token }, MESSAGE), { status: 400, code: WRONG_KEY, secrets: secretsOf(settings) })
  expect(asked).toEqual([])
})

test('the predicate sees the hint: a provider verifies with its own corpid and receives with the suite id', async () => {
  const hints: CredentialHint[] = []
  const receiveId = async (id: string, hint: CredentialHint) => {
    hints.push(hint)
    return id === (hint.phase === 'verify' ? 'ww-provider' : 'ww-suite')
  }
  const server = await listenForTest({ path: '/wecom/:corp', credentials: { ...settings, receiveId } })
  const provider = { ...settings, receiveId: 'ww-provider' }
  const suite = { ...settings, receiveId: 'ww-suite' }
  expect((await send(server.port, { path: '/wecom/a', query: signEcho(provider, 'x') })).status).toBe(200)
  expect((await send(server.port, { path: '/wecom/b', ...signMessage(suite, MESSAGE) })).status).toBe(200)
  expect(hints.map(({ phase, params }) => [phase, params.corp])).toEqual([['verify', 'a'], ['receive', 'b']])
  for (const request of [{ query: signEcho(suite, 'x') }, signMessage(provider, MESSAGE)]) {
    await expectRefused(server, { path: '/wecom/a', ...request }, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: secretsOf(settings) })
  }
})

describe('a receiveId', () => {
  const LISTS: { name: string, receiveId: ReceiveIdPolicy, passes: string[], refused: string[] }[] = [
    { name: 'is one of a list', receiveId: ['ww-a', 'ww-b', ''], passes: ['ww-a', 'ww-b', ''], refused: ['ww-c', 'ww-a,ww-b', 'ww-A'] },
    { name: "'' is a value", receiveId: '', passes: [''], refused: ['ww-a', '\0', ' '] },
    { name: 'has upper and lower case', receiveId: 'ww-Abc', passes: ['ww-Abc'], refused: ['ww-abc', 'WW-ABC'] },
    { name: 'is compared exactly', receiveId: '0', passes: ['0'], refused: ['0e1', '00', '0 ', '0\0', ''] }
  ]

  test.each(LISTS)('$name', async ({ receiveId, passes, refused }) => {
    const server = await listenForTest({ credentials: { ...settings, receiveId } })
    for (const id of passes) {
      expect((await send(server.port, signMessage({ ...settings, receiveId: id }, MESSAGE))).status).toBe(200)
      expect(server.seen.at(-1)?.receiveId).toBe(id)
    }
    for (const id of refused) {
      await expectRefused(server, signMessage({ ...settings, receiveId: id }, MESSAGE), { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: secretsOf(settings) })
    }
  })
})
