import fc, { type Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { entries, fieldTree, type Entry, type FieldNode } from '../../src/message/catalogue/model.ts'
import { discriminants } from '../../src/message/catalogue/names.ts'
import { parseMessage } from '../../src/message/parse.js'
import { writeElements } from '../../src/xml/write.js'

/** XML normalises CR, and cannot hold most control characters at all. */
const text = fc.oneof(
  // eslint-disable-next-line no-control-regex -- those XML 1.0 section 2.2 forbids
  fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }).map(value => value.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, '')),
  fc.constantFrom(']]>', '<![CDATA[', '&lt;', '&#65;', '</xml>', '<!--', '  ', '\n', '0012', '7390418264419835907', '{}', '👩‍👩‍👧')
)
const number = fc.oneof(fc.maxSafeInteger(), fc.double({ min: -1e6, max: 1e6, noNaN: true })).filter(value => !Object.is(value, -0))
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).filter(name => !['__proto__', 'constructor', 'prototype'].includes(name))
/** What the catalogue does not know: a list of one cannot be told from a text in XML, nor an object of no fields. */
const unknown = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, text, fc.array(text, { minLength: 2, maxLength: 4 }), fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }))
})).value

/** A random message of a kind: its discriminants, any of its fields, and some that the catalogue does not know. */
function messageOf (entry: Entry): Arbitrary<object> {
  const literals = discriminants(entry)
  const object = (nodes: FieldNode[]): Arbitrary<object> => fc.record(Object.fromEntries(nodes.map(node => [node.name, field(node)])), {
    requiredKeys: nodes.filter(({ path }) => holdsDiscriminant(path)).map(({ name }) => name), noNullPrototype: true
  })
  const holdsDiscriminant = (path: string) => Object.keys(literals).some(literal => literal === path || literal.startsWith(`${path}.`))
  const field = ({ name, path, type, list, children }: FieldNode): Arbitrary<unknown> => {
    const one: Arbitrary<unknown> = literals[path] !== undefined ? fc.constantFrom(...literals[path]) : type === 'object' ? object(children).map(value => filled(value, children)) : type === 'number' || type === 'time' ? number : /^(msgtype|eventtype|changetype)$/i.test(name) ? text.map(value => value.trim()) : text
    return list === true ? fc.array(one, { minLength: 1, maxLength: 4 }) : one
  }
  const tree = fieldTree(entry.fields, entry.key)
  const taken = new Set([...tree.map(({ name }) => name), ...COMMON])
  const extra = fc.dictionary(name.filter(name => !taken.has(name)), unknown, { maxKeys: 3, noNullPrototype: true })
  // A robot is told from an app by these.
  const marks = entry.category === 'groupbot' ? { WebhookUrl: 'https://example.invalid', ChatType: 'group' } : entry.category === 'aibot' ? { aibotid: 'a' } : {}
  return fc.tuple(extra, object(tree)).map(([extra, message]) => ({ ...extra, ...message, ...marks }))
}

/** An empty container has its lists, empty. */
function filled (value: object, children: FieldNode[]): object {
  return Object.keys(value).length > 0 ? value : Object.fromEntries(children.filter(({ list }) => list).map(({ name }) => [name, []]))
}

/** Names that every kind of a scene has a shape for, and names that tell scenes apart. */
const COMMON = ['ToUserName', 'FromUserName', 'CreateTime', 'MsgType', 'Event', 'ChangeType', 'EventKey', 'AgentID', 'MsgId', 'SuiteId', 'ServiceCorpId', 'AuthCorpId', 'InfoType', 'TimeStamp',
  'msgid', 'aibotid', 'chatid', 'chattype', 'create_time', 'from', 'response_url', 'msgtype', 'msg_type', 'event', 'WebhookUrl', 'GetChatInfoUrl', 'ChatType', 'webhook_url', 'get_chat_info_url', 'chat_type']

const anyMessage = fc.constantFrom(...entries).chain(entry => messageOf(entry).map(message => ({ key: entry.key, message })))

test('whatever message is written as XML comes back the same', () => {
  fc.assert(fc.property(anyMessage, ({ key, message }) => {
    expect(parseMessage(`<xml>${writeElements(message as Record<string, unknown>)}</xml>`)).toStrictEqual({ message, kind: { product: expect.any(String), key }, format: 'xml' })
  }), { numRuns: 1500 })
})

test('whatever message is written as JSON comes back the same', () => {
  fc.assert(fc.property(anyMessage, ({ key, message }) => {
    expect(parseMessage(JSON.stringify(message))).toStrictEqual({ message, kind: { product: expect.any(String), key }, format: 'json' })
  }), { numRuns: 1500 })
})

test('any JSON object of any kind, known or not, is a message', () => {
  fc.assert(fc.property(fc.dictionary(fc.oneof(name, fc.constantFrom(...COMMON)), fc.oneof(fc.jsonValue(), fc.constantFrom('event', 'text', 'click', 'suite_ticket'))), message => {
    parseMessage(JSON.stringify({ ...message, SomeField: 1 }))
  }), { numRuns: 2000 })
})
