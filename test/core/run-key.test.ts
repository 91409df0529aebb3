import { expect, test } from 'vitest'
import { captureKey, runKey } from '../../src/core/context.js'
import type { RequestIdentity } from '../../src/receiver/types.js'
import type { WecomCallback } from '../../src/receiver/index.js'

interface Told {
  scope: string
  identity: RequestIdentity
  callback: Record<string, unknown>
}

const message = { MsgId: '1', AgentID: '218' }
const told: Told = {
  scope: 'place',
  identity: { credential: 'app', signature: 's' },
  callback: { message, kind: 'text', format: 'xml', plaintext: '<xml>a</xml>', receiveId: 'corp', params: { tenant: 'a' }, timestamp: '1', nonce: 'n' }
}
const keyOf = ({ scope, identity, callback }: Told): string => runKey(scope, identity.credential, callback as unknown as WecomCallback)
const withCallback = (changes: object): Told => ({ ...told, callback: { ...told.callback, ...changes } })
const event = (plaintext: string, fields: object = {}): Told => withCallback({ message: { AgentID: '218', ...fields }, plaintext })

test.each<[string, Told, Told]>([
  ['the place', told, { ...told, scope: 'another' }],
  ['the credential', told, { ...told, identity: { ...told.identity, credential: 'another' } }],
  ['the receiveId', told, withCallback({ receiveId: 'another' })],
  ['the value of a path parameter', told, withCallback({ params: { tenant: 'b' } })],
  ['the name of a path parameter', told, withCallback({ params: { corp: 'a' } })],
  ['the kind', told, withCallback({ kind: 'image' })],
  ['the format', told, withCallback({ format: 'json' })],
  ['the app', told, withCallback({ message: { ...message, AgentID: '219' } })],
  ['the bot', withCallback({ message: { msgid: '1', aibotid: 'a' } }), withCallback({ message: { msgid: '1', aibotid: 'b' } })],
  ['its id', told, withCallback({ message: { ...message, MsgId: '2' } })],
  ['a bot\'s id', withCallback({ message: { msgid: '1' } }), withCallback({ message: { msgid: '2' } })],
  ['its text where it has no id', event('a'), event('b')],
  ['its text where its id is empty', event('a', { MsgId: '', msgid: '' }), event('b', { MsgId: '', msgid: '' })],
  ['its text where its id is no text', event('a', { MsgId: 1 }), event('b', { MsgId: 1 })],
  ['whether it is an id or a text that reads like one', withCallback({ message: { MsgId: '1' } }), withCallback({ message: {}, plaintext: '1' })]
])('a message is told apart by %s', (_name, one, other) => {
  expect(keyOf(one)).not.toBe(keyOf(other))
})

test.each<[string, Told, Told]>([
  ['its text where it has an id', told, withCallback({ plaintext: '<xml>b</xml>' })],
  ['how it was signed', told, { ...withCallback({ timestamp: '2', nonce: 'm' }), identity: { ...told.identity, signature: 'another' } }],
  ['nothing at all', event('a'), event('a')]
])('a message is not told apart by %s', (_name, one, other) => {
  expect(keyOf(one)).toBe(keyOf(other))
})

test('a capture is known by its signature alone', () => {
  const [one, other] = [{ credential: 'a', signature: 's' }, { credential: 'b', signature: 's' }]
  expect(captureKey(one)).toBe(captureKey(other))
  expect(captureKey(one)).not.toBe(captureKey({ ...one, signature: 't' }))
  for (const key of [captureKey(one), keyOf(told)]) expect(key).toMatch(/^[\w-]{43}$/)
})

test.each<[string, Told, Told]>([
  ['the place and the credential', { ...told, scope: 'a', identity: { credential: 'bc', signature: '' } }, { ...told, scope: 'ab', identity: { credential: 'c', signature: '' } }],
  ['two parameters and one', withCallback({ params: { a: '1', b: '2' } }), withCallback({ params: { a: '11:b1:2' } })],
  ['a parameter and the credential', withCallback({ params: {} }), withCallback({ params: { '': '' } })],
  ['an app as text and as a number', withCallback({ message: { ...message, AgentID: '1' } }), withCallback({ message: { ...message, AgentID: 1 } })],
  ['an id and a text', event('a'), withCallback({ message: { AgentID: '218', MsgId: 'a' } })]
])('%s cannot be shifted into one another', (_name, one, other) => {
  expect(keyOf(one)).not.toBe(keyOf(other))
})
