import { afterAll, describe, expect, test } from 'vitest'
import { send } from '../support/http.js'
import { mark } from '../support/refusal.js'
import type { Settings } from '../support/requests.js'
import type { ObservedServer } from '../support/server.js'
import { readHostile, type HostileVector } from '../support/vectors.js'
import { expectAccepted, expectAlive, expectHostileRefused, withinASecond } from './expectations.js'
import { verdictOf } from './verdicts.js'

export const vectors = readHostile()
export const badSettings = vectors.filter(({ expect, case: name }) => expect === 'reject' && /^(empty-token|key-)/.test(name))
/** Built whole in deep-nesting.test.ts. */
export const cutShort = vectors.filter(({ body }) => body?.includes('...(') === true)
export const requests = vectors.filter(vector => !badSettings.includes(vector) && !cutShort.includes(vector))

/** Sends every one of them to servers of these forms: the same verdict, the same bare answer. */
export function hostileRequests (forms: { form: string, open: (credentials: Settings) => Promise<ObservedServer> }[]): void {
  describe.each(forms)('before $form', ({ open }) => {
    const servers = new Map<string, Promise<ObservedServer>>()
    afterAll(async () => { await Promise.all([...servers.values()].map(async server => { await (await server).close() })) })

    /** One server for all requests to the same settings: what a hostile one breaks, the next one finds. */
    async function serverFor ({ token, encodingAESKey, receiveId }: HostileVector): Promise<ObservedServer> {
      const id = JSON.stringify([token, encodingAESKey, receiveId])
      const server = servers.get(id) ?? open({ token, encodingAESKey, receiveId })
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
}

async function sendHostile (port: number, { op, msgSignature, timestamp, nonce, body, echostr }: HostileVector) {
  const query = { msg_signature: msgSignature, timestamp, nonce }
  return await send(port, op === 'echo' ? { query: { ...query, echostr: echostr as string } } : { query, body: body as string })
}
