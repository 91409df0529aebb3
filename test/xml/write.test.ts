import { expect, test } from 'vitest'
import { readXml } from '../../src/xml/read.js'
import { writeElements, XmlWriteFault } from '../../src/xml/write.js'

test('texts go into CDATA, numbers and flags stand bare, lists repeat, undefined is left out', () => {
  expect(writeElements({ A: 'x', B: 1.5, C: true, D: undefined, E: { F: ['a', 'b'], G: [] }, H: '' }))
    .toBe('<A><![CDATA[x]]></A><B>1.5</B><C>true</C><E><F><![CDATA[a]]></F><F><![CDATA[b]]></F></E><H><![CDATA[]]></H>')
})

test.each(['a]]>b', ']]>', ']]]]>>', '<b/>', '&amp;', '👍', ' x '])('%j comes back from a reader', text => {
  expect(readXml(`<xml>${writeElements({ A: text })}</xml>`).children).toEqual([{ name: 'A', text, children: [] }])
})

test('what XML cannot hold is left out or replaced', () => {
  expect(writeElements({ A: 'a\u0000\u001b\ufffeb\ud83dc\td\n' })).toBe('<A><![CDATA[ab\ufffdc\td\n]]></A>')
})

test.each([
  [{ 'a b': 1 }, '"a b", which is no XML name'],
  [{ '<x': 1 }, '"<x", which is no XML name'],
  [{ a: NaN }, 'NaN as a'],
  [{ a: { b: null } }, 'null as b'],
  [{ a: () => {} }, 'function as a']
])('%j is refused', (elements, reason) => {
  expect(() => writeElements(elements)).toThrow(new XmlWriteFault(reason))
})
