import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonFault, readJson } from '../../src/json/read.js'
import { nameAt, noNamesYet } from '../../src/support/known-names.js'
import { readStrictXml } from '../../src/xml/strict.js'

const BOUNDS = { depth: 8, size: 1_000 }

const name = fc.oneof(
  fc.constantFrom('ToUserName', 'ToUserNames', 'ToUserNam', 'To', 'T', 'prototype', 'constructor', '__proto__', '1', ''),
  fc.constantFrom('x'.repeat(32), 'x'.repeat(33), 'x'.repeat(70)),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.stringMatching(/^[A-Za-z][\w-]{0,8}$/)
)
const tree = fc.letrec(tie => ({
  value: fc.oneof({ maxDepth: 3 }, fc.string({ maxLength: 5 }), tie('fields')),
  fields: fc.array(fc.tuple(name, tie('value')), { maxLength: 6 })
})).fields as fc.Arbitrary<Fields>

interface Fields extends Array<[string, string | Fields]> {}

function xml (fields: Fields): string {
  return fields.map(([name, value]) => {
    const inside = typeof value === 'string' ? `<![CDATA[${value}]]>` : xml(value)
    return `<${name}>${inside}</${name}>`
  }).join('')
}

/** Names both as they are and escaped. */
function json (fields: Fields, escaped: boolean): string {
  const quote = (text: string): string => escaped && text !== ''
    ? `"\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(text.slice(1)).slice(1)}`
    : JSON.stringify(text)
  return `{${fields.map(([name, value]) => `${quote(name)}:${typeof value === 'string' ? JSON.stringify(value) : json(value, escaped)}`).join(',')}}`
}

/** All that there is to it, in its order; a matcher looks into names such as `constructor`. */
function outcome (read: () => unknown): string {
  try {
    return JSON.stringify(read()) ?? 'given up'
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault
    return fault.message
  }
}

test('XML is read alike whatever was read before', () => {
  const names = noNamesYet('xml')
  fc.assert(fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), documents => {
    for (const fields of [...documents, ...documents]) {
      const text = `<xml>${xml(fields)}</xml>`
      expect(outcome(() => readStrictXml(text, 50, names))).toBe(outcome(() => readStrictXml(text, 50)))
    }
  }), { numRuns: 2_000 })
})

test('JSON is read alike whatever was read before', () => {
  const names = noNamesYet('json')
  fc.assert(fc.property(fc.array(fc.tuple(tree, fc.boolean()), { minLength: 1, maxLength: 5 }), documents => {
    for (const [fields, escaped] of [...documents, ...documents]) {
      const text = json(fields, escaped)
      expect(outcome(() => readJson(text, BOUNDS, undefined, names))).toBe(outcome(() => readJson(text, BOUNDS)))
    }
  }), { numRuns: 2_000 })
})

test('documents with more names than are kept are read alike', () => {
  const [xmlNames, jsonNames] = [noNamesYet('xml'), noNamesYet('json')]
  const many = Array.from({ length: 200 }, (_, index): [string, string] => [`n${index}`, 'v'])
  for (const fields of [many, many.slice(1), many]) {
    expect(readStrictXml(`<xml>${xml(fields)}</xml>`, undefined, xmlNames)?.fields).toEqual(Object.fromEntries(fields))
    expect(readJson(json(fields, false), BOUNDS, undefined, jsonNames)).toEqual(Object.fromEntries(fields))
  }
  expect([xmlNames.names.length, jsonNames.names.length]).toEqual([64, 64])
})

test('a name is what stands there, whatever came before', () => {
  const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 50 })
  fc.assert(fc.property(names, names, (before, after) => {
    const all = [...before, ...after, ...before]
    const text = all.join('')
    let at = 0
    for (const name of all) {
      expect(nameAt(text, at, at + name.length)).toBe(name)
      at += name.length
    }
  }))
})

test('names that differ in a letter which does not tell their place apart stay apart', () => {
  for (const name of ['FromUserName', 'FromUserGame', 'FromUserFame', 'FromUserName']) {
    expect(nameAt(`<${name}>`, 1, name.length + 1)).toBe(name)
  }
})
