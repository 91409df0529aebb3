import { afterAll, describe, expect, test } from 'vitest'
import { send } from '../support/http.js'
import { mark } from '../support/refusal.js'
import { listen, type CallbackServer } from '../support/server.js'
import { readHostile, type HostileVector } from '../support/vectors.js'
import { expectAccepted, expectAlive, expectHostileRefused, withinASecond } from './expectations.js'
import { baseCase, EITHER, REASONS, verdictOf } from './verdicts.js'

const vectors = readHostile()
const badSettings = vectors.filter(({ expect, case: name }) => expect === 'reject' && /^(empty-token|key-)/.test(name))
/** Built whole in deep-nesting.test.ts. */
const cutShort = vectors.filter(({ body }) => body?.includes('...(') === true)
const requests = vectors.filter(vector => !badSettings.includes(vector) && !cutShort.includes(vector))

test('all lines are there, and no verdict is left over', () => {
  const count = (kind: HostileVector['expect']) => vectors.filter(({ expect }) => expect === kind).length
  expect({ accept: count('accept'), reject: count('reject'), either: count('either') }).toEqual({ accept: 35, reject: 195, either: 59 })
  expect({ badSettings: badSettings.length, cutShort: cutShort.length, requests: requests.length }).toEqual({ badSettings: 20, cutShort: 3, requests: 266 })
  expect(new Set(vectors.filter(({ expect }) => expect === 'either').map(({ case: name }) => baseCase(name)))).toEqual(new Set(Object.keys(EITHER)))
  const refused = vectors.filter(({ expect }) => expect === 'reject')
  expect(new Set(refused.map(verdictOf))).toEqual(new Set(REASONS.map(([, code]) => code)))
})

describe.each([{ form: 'a handler given to the plugin', ownRoute: false }, { form: 'a POST route of the app', ownRoute: true }])('before $form', ({ ownRoute }) => {
  const servers = new Map<string, Promise<CallbackServer>>()
  afterAll(async () => { await Promise.all([...servers.values()].map(async server => { await (await server).close() })) })

  /** One server for all requests to the same settings: what a hostile one breaks, the next one finds. */
  async function serverFor ({ token, encodingAESKey, receiveId }: HostileVector): Promise<CallbackServer> {
    const id = JSON.stringify([token, encodingAESKey, receiveId])
    const server = servers.get(id) ?? listen({ credentials: { token, encodingAESKey, receiveId }, timestampTolerance: Infinity, ownRoute })
    servers.set(id, server)
    return await server
  }

  test.each(requests)('$id, to $expect: $op $format $case', async vector => {
    const server = await serverFor(vector)
    const since = mark(server)
    const answer = await withinASecond(sendHostile(server.port, vector))
    const verdict = verdictOf(vector)
    if (verdict === 'accepted') {
      expect(vector.plaintext).toBeTypeOf('string')
      expectAccepted(server, since, answer, vector, vector.op === 'echo' ? { echo: vector.plaintext as string } : { seen: vector.plaintext as string })
    } else {
      expectHostileRefused(server, since, answer, vector, verdict)
    }
    await expectAlive(server, vector)
  })
})

async function sendHostile (port: number, { op, msgSignature, timestamp, nonce, body, echostr }: HostileVector) {
  const query = { msg_signature: msgSignature, timestamp, nonce }
  return await send(port, op === 'echo' ? { query: { ...query, echostr: echostr as string } } : { query, body: body as string })
}

test.each(badSettings)('$id: registration fails on $case', async vector => {
  const { token, encodingAESKey, receiveId } = vector
  const code = verdictOf(vector)
  const error = await listen({ credentials: { token, encodingAESKey, receiveId } }).then(() => undefined, reason => reason as Error)
  expect(error).toMatchObject({ code, errcode: code === 'WECOM_ENCODING_AES_KEY_INVALID' ? -40004 : undefined })
  expect(error?.message).toMatch(/^expected .+, got .+\. [A-Z].{15,}\.$/)
  for (const secret of [token, encodingAESKey].filter(text => text !== '')) expect(error?.message).not.toContain(secret)
})
