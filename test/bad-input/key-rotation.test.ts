import { describe, expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf, WRONG_KEY } from '../support/refusal.js'
import { newSettings, openReply, signEcho, signMessage, type Settings } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const NEW = newSettings()
const OLD = newSettings()
const SETS: { name: string, now: Settings, before: Settings }[] = [
  { name: 'token and key change', now: NEW, before: OLD },
  { name: 'the key alone changes', now: NEW, before: { ...OLD, token: NEW.token } },
  { name: 'the token alone changes', now: NEW, before: { ...OLD, encodingAESKey: NEW.encodingAESKey } }
]
const FORMS = [
  { form: 'a list', give: (list: Settings[]) => list },
  { form: 'a function that returns a list', give: (list: Settings[]) => async () => list }
]

describe.each(SETS)('while $name', ({ now, before }) => {
  describe.each(FORMS)('and both are given by $form', ({ give }) => {
    test.each([['old', before], ['new', now]])('a message in the %s settings is read and answered in the same', async (_, current) => {
      for (const list of [[now, before], [before, now]]) {
        const server = await listenForTest({ credentials: give(list), reply: text('hi') })
        const { query, body } = signMessage(current, xmlMessage(CONFIDENTIAL))
        const answer = await send(server.port, { query, body })
        expect(server.seen.map(({ plaintext }) => plaintext)).toEqual([xmlMessage(CONFIDENTIAL)])
        expect(openReply(current, answer.body, 'xml').plaintext).toContain('<![CDATA[hi]]>')
        expect(await send(server.port, { query: signEcho(current, '123') })).toMatchObject({ status: 200, body: '123' })
      }
    })

    test('settings that were never given are refused', async () => {
      const server = await listenForTest({ credentials: give([now, before]) })
      const secrets = [...secretsOf(now), ...secretsOf(before)]
      const line = await expectRefused(server, signMessage(newSettings(), xmlMessage(CONFIDENTIAL)), { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets })
      expect(line.msg).toContain('2 configured tokens')
      await expectRefused(server, signMessage({ ...newSettings(), token: now.token }, xmlMessage(CONFIDENTIAL)), { status: 400, code: WRONG_KEY, secrets })
    })
  })
})

test('settings that were taken off the list are refused', async () => {
  const list = [NEW, OLD]
  const server = await listenForTest({ credentials: async () => list })
  expect((await send(server.port, signMessage(OLD, xmlMessage(CONFIDENTIAL)))).status).toBe(200)
  list.pop()
  await expectRefused(server, signMessage(OLD, xmlMessage(CONFIDENTIAL)), { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: [...secretsOf(NEW), ...secretsOf(OLD)] })
})

describe('several apps on one URL', () => {
  const apps = [{ ...NEW, name: 'crm' }, { ...OLD, name: 'shop' }]

  test.each(apps)('$name is told by its credential', async app => {
    const server = await listenForTest({ credentials: apps })
    expect((await send(server.port, signMessage(app, xmlMessage(CONFIDENTIAL)))).status).toBe(200)
    expect(server.seen[0]?.credentialName).toBe(app.name)
  })

  test('with one token and key between them are told apart by receiveId', async () => {
    const shared = [{ ...NEW, receiveId: 'ww-a', name: 'a' }, { ...NEW, receiveId: 'ww-b', name: 'b' }]
    const server = await listenForTest({ credentials: shared, reply: text('hi') })
    for (const app of shared) {
      const answer = await send(server.port, signMessage(app, xmlMessage(CONFIDENTIAL)))
      expect(server.seen.at(-1)).toMatchObject({ credentialName: app.name, receiveId: app.receiveId })
      expect(openReply(app, answer.body, 'xml').receiveId).toBe(app.receiveId)
    }
  })
})

describe('of two credentials with one token, the log tells of the one that came further', () => {
  const before = { ...OLD, token: NEW.token }

  test.each([['new', NEW], ['old', before]])('a wrong receiveId in the %s key is named, whatever the other key made of it', async (_, current) => {
    for (const credentials of [[NEW, before], [before, NEW]]) {
      const server = await listenForTest({ credentials })
      const request = signMessage({ ...current, receiveId: 'ww-other-scene' }, xmlMessage(CONFIDENTIAL))
      const line = await expectRefused(server, request, { status: 400, code: 'WECOM_RECEIVE_ID_MISMATCH', secrets: [...secretsOf(NEW), ...secretsOf(before)] })
      expect(line.msg).toContain('"ww-other-scene"')
    }
  })

  test('a predicate that is down is 503, so that WeCom tries again, whatever the others say', async () => {
    const down = { ...NEW, receiveId: async () => { throw new Error('no connection') } }
    for (const credentials of [[down, before], [before, down], [down, { ...NEW, receiveId: 'ww-else' }], [{ ...NEW, receiveId: 'ww-else' }, down]]) {
      const server = await listenForTest({ credentials })
      await expectRefused(server, signMessage(NEW, xmlMessage(CONFIDENTIAL)), { status: 503, code: 'WECOM_CREDENTIALS_UNAVAILABLE', secrets: secretsOf(NEW) })
    }
  })
})
