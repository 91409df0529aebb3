import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameAt } from '../../src/support/known-name.js'

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
