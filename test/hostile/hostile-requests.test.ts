import { expect, test } from 'vitest'
import { listen } from '../support/server.js'
import type { HostileVector } from '../support/vectors.js'
import { badSettings, cutShort, hostileRequests, requests, vectors } from './requests.js'
import { baseCase, EITHER, REASONS, verdictOf } from './verdicts.js'

test('all lines are there, and no verdict is left over', () => {
  const count = (kind: HostileVector['expect']) => vectors.filter(({ expect }) => expect === kind).length
  expect({ accept: count('accept'), reject: count('reject'), either: count('either') }).toEqual({ accept: 35, reject: 195, either: 59 })
  expect({ badSettings: badSettings.length, cutShort: cutShort.length, requests: requests.length }).toEqual({ badSettings: 20, cutShort: 3, requests: 266 })
  expect(new Set(vectors.filter(({ expect }) => expect === 'either').map(({ case: name }) => baseCase(name)))).toEqual(new Set(Object.keys(EITHER)))
  const refused = vectors.filter(({ expect }) => expect === 'reject')
  expect(new Set(refused.map(verdictOf))).toEqual(new Set(REASONS.map(([, code]) => code)))
})

hostileRequests([{ form: 'a handler given to the plugin', ownRoute: false }, { form: 'a POST route of the app', ownRoute: true }].map(({ form, ownRoute }) => ({
  form,
  open: async credentials => await listen({ credentials, timestampTolerance: Infinity, ownRoute })
})))

test.each(badSettings)('$id: registration fails on $case', async vector => {
  const { token, encodingAESKey, receiveId } = vector
  const code = verdictOf(vector)
  const error = await listen({ credentials: { token, encodingAESKey, receiveId } }).then(() => undefined, reason => reason as Error)
  expect(error).toMatchObject({ code, errcode: code === 'WECOM_ENCODING_AES_KEY_INVALID' ? -40004 : undefined })
  expect(error?.message).toMatch(/^expected .+, got .+\. [A-Z].{15,}\.$/)
  for (const secret of [token, encodingAESKey].filter(text => text !== '')) expect(error?.message).not.toContain(secret)
})
