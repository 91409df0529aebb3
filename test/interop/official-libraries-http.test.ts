import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send } from '../support/http.js'
import { expectRefusal, mark } from '../support/refusal.js'
import { complaints, listen, type CallbackServer } from '../support/server.js'
import { LIBRARIES, readVectors, type Vector } from '../support/vectors.js'
import { COUNTS } from './counts.js'

const NAMES = [...LIBRARIES, 'wecom-real'] as const
const all = new Map(NAMES.flatMap(name => readVectors(name).map(vector => [vector.id, vector] as const)))

let server: CallbackServer
beforeAll(async () => {
  // One URL for all settings: the vector's id in the path is the tenant.
  server = await listen({
    path: '/wecom/:id',
    timestampTolerance: Infinity,
    credentials: async ({ params }) => all.get(String(params.id))
  })
})
afterAll(async () => { await server.close() })

describe.each(NAMES)('%s over HTTP', name => {
  const vectors = readVectors(name)
  const bodies = vectors.filter(({ op }) => op !== 'echo')
  const messages = bodies.filter(({ plaintext }) => isMessage(plaintext))

  test('has all its messages', () => {
    expect(messages).toHaveLength(name === 'wecom-real' ? 3 : COUNTS[name].messages)
  })

  test.each(messages)('$id: the handler sees the exact plaintext ($case)', async vector => {
    const since = mark(server)
    const answer = await post(vector)
    const [context, ...others] = server.seen.slice(since.seen)
    expect(others).toEqual([])
    expect(context?.plaintext).toBe(vector.plaintext)
    expect(context?.receiveId).toBe(vector.receiveId)
    expect(answer.status).toBe(200)
    expect(complaints(server.log.slice(since.log))).toEqual([])
  })

  test.each(bodies.filter(vector => !messages.includes(vector)))('$id: what is no message is 400 and reaches no handler ($case)', async vector => {
    const since = mark(server)
    const secrets = [vector.encodingAESKey, ...(vector.plaintext.length > 8 ? [vector.plaintext] : [])]
    expectRefusal(server, since, await post(vector), { status: 400, code: 'WECOM_MESSAGE_INVALID', secrets })
  })

  test.each(vectors.filter(({ op }) => op === 'echo'))('$id: the echo comes back bare', async vector => {
    const { status, headers, body } = await send(server.port, { path: `/wecom/${vector.id}`, query: { ...queryOf(vector), echostr: vector.encrypt } })
    expect({ status, body }).toEqual({ status: 200, body: vector.plaintext })
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(Buffer.byteLength(vector.plaintext)) })
  })
})

async function post (vector: Vector) {
  return await send(server.port, { path: `/wecom/${vector.id}`, query: queryOf(vector), body: vector.body })
}

function queryOf ({ msgSignature, timestamp, nonce }: Vector) {
  return { msg_signature: msgSignature, timestamp, nonce }
}

/** XML with root `xml` and a field in it, or a JSON object with a field. */
function isMessage (text: string): boolean {
  if (/^<xml>\s*<\w.*<\/xml>\s*$/s.test(text)) return true
  return text.startsWith('{') && Object.keys(JSON.parse(text) as object).length > 0
}
