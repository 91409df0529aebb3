import { describe, expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf, WRONG_KEY } from '../support/refusal.js'
import { newSettings, openReply, signEcho, signMessage, type Settings } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const A = newSettings('ww-tenant-a')
const B = newSettings('ww-tenant-b')

function messageOf (tenant: Settings) {
  return signMessage(tenant, xmlMessage(CONFIDENTIAL, tenant.receiveId))
}

describe('tenants that have a token and a key of their own', () => {
  const tenants = new Map(Object.entries({ a: A, b: B }))
  const credentials = async ({ params }: { params: Readonly<Record<string, unknown>> }) => tenants.get(String(params.tenant))

  test('each get their messages at their URL, and the reply in their own key', async () => {
    const server = await listenForTest({ path: '/wecom/:tenant', credentials, reply: text('hi') })
    for (const [name, tenant] of tenants) {
      const { query, body } = messageOf(tenant)
      const answer = await send(server.port, { path: `/wecom/${name}`, query, body })
      expect(openReply(tenant, answer.body, 'xml')).toMatchObject({ receiveId: tenant.receiveId, nonce: query.nonce })
      expect(server.seen.at(-1)).toMatchObject({ receiveId: tenant.receiveId, params: { tenant: name } })
    }
  })

  test.each([['message', messageOf(A)], ['verification', { query: signEcho(A, CONFIDENTIAL) }]])("A's %s is 401 at B's URL", async (_, request) => {
    const server = await listenForTest({ path: '/wecom/:tenant', credentials })
    await expectRefused(server, { path: '/wecom/b', ...request }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: [...secretsOf(A), ...secretsOf(B)] })
  })

  test("A's key with B's token is 400 at B's URL, and so is B's with the receiveId of A", async () => {
    const server = await listenForTest({ path: '/wecom/:tenant', credentials })
    const secrets = [...secretsOf(A), ...secretsOf(B)]
    await expectRefused(server, { path: '/wecom/b', ...messageOf({ ...A, token: B.token }) }, { status: 400, code: WRONG_KEY, secrets })
    await expectRefused(server, { path: '/wecom/b', ...messageOf({ ...B, receiveId: A.receiveId }) }, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets })
  })

  test.each(['c', 'A', 'a%00', '__proto__', 'constructor', '..%2Fa'])('nobody is at %s: 401', async name => {
    const server = await listenForTest({ path: '/wecom/:tenant', credentials })
    await expectRefused(server, { path: `/wecom/${name}`, ...messageOf(A) }, { status: 401, code: 'WECOM_CREDENTIALS_NOT_FOUND', secrets: secretsOf(A) })
  })
})

describe('tenants behind the one token and key of a suite', () => {
  // As WeCom puts it in place of $CORPID$ in the data URL.
  const suite = newSettings()
  const options = {
    path: '/suite/:corpid',
    credentials: { ...suite, receiveId: (id: string, { params }: { params: Readonly<Record<string, unknown>> }) => id === params.corpid }
  }
  const ofA = { ...suite, receiveId: A.receiveId }

  test("get each other's messages nowhere: A's is 400 at B's URL, and the log names both", async () => {
    const server = await listenForTest(options)
    const line = await expectRefused(server, { path: '/suite/ww-tenant-b', ...messageOf(ofA) }, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: secretsOf(suite) })
    expect(line.msg).toContain('"ww-tenant-a"')
    await expectRefused(server, { path: '/suite/ww-tenant-b', query: signEcho(ofA, CONFIDENTIAL) }, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: secretsOf(suite) })
  })

  test('get their own, and the reply carries their receiveId', async () => {
    const server = await listenForTest({ ...options, reply: text('hi') })
    const { query, body } = messageOf(ofA)
    const answer = await send(server.port, { path: '/suite/ww-tenant-a', query, body })
    expect(openReply(ofA, answer.body, 'xml').receiveId).toBe('ww-tenant-a')
  })

  test('are not told apart by the envelope, which is a stranger\'s word', async () => {
    const server = await listenForTest(options)
    const { query, body } = messageOf(ofA)
    const forged = body.replaceAll('ww-tenant-a', 'ww-tenant-b')
    expect(forged).not.toBe(body)
    await expectRefused(server, { path: '/suite/ww-tenant-b', query, body: forged }, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: secretsOf(suite) })
    expect((await send(server.port, { path: '/suite/ww-tenant-a', query, body: forged })).status).toBe(200)
    expect(server.seen[0]).toMatchObject({ receiveId: 'ww-tenant-a', toUserName: 'ww-tenant-b' })
  })
})
