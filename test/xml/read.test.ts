import { expect, test } from 'vitest'
import { readXml } from '../../src/xml/read.js'

function textOf (content: string): string | undefined {
  return readXml(`<xml><a>${content}</a></xml>`).children[0]?.text
}

test.each([
  ['plain text, blanks kept', '  a b ', '  a b '],
  ['blanks alone', '   ', '   '],
  ['CDATA', '<![CDATA[<b>&lt;]]>', '<b>&lt;'],
  ['an empty CDATA section', '<![CDATA[]]>', ''],
  ['CDATA of blanks', '<![CDATA[  ]]>', '  '],
  ['CDATA with layout around', '\n  <![CDATA[ a ]]>\n', ' a '],
  ['split CDATA', '<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
  ['blanks between CDATA', '<![CDATA[a]]> <![CDATA[b]]>', 'a b'],
  ['text and CDATA', 'a <![CDATA[b]]> c', 'a b c'],
  ['the five entities', '&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
  ['one pass only', '&amp;lt;&amp;#65;', '&lt;&#65;'],
  ['character references', '&#20013;&#x6587;&#x1F44D;&#13;', '中文👍\r'],
  ['references that are none', '&nope;&#0;&#xD800;&#x110000;&#99999999;', '&nope;&#0;&#xD800;&#x110000;&#99999999;'],
  ['emoji', '👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦'],
  ['CR LF, as XML reads it', 'a\r\nb\rc', 'a\nb\nc'],
  ['a comment within', 'a<!-- x -->b', 'ab'],
  ['a DOCTYPE as text', '<![CDATA[<!DOCTYPE html>]]>', '<!DOCTYPE html>']
])('%s', (_name, content, text) => {
  expect(textOf(content)).toBe(text)
})

test('names keep their spelling, even those that mean something to JavaScript or to the parser', () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '_a', 'A.b-c', '中']
  expect(readXml(`<xml>${names.map(name => `<${name}/><${name}>1</${name}>`).join('')}</xml>`).children.map(child => child.name)).toEqual(names.flatMap(name => [name, name]))
})

test('pretty-printed elements leave no text behind', () => {
  expect(readXml('<xml>\n  <a/>\n  <b/>\n  <c/>\n</xml>').text).toBe('')
})

test('elements nest in order, layout between them is dropped, text between them is kept', () => {
  expect(readXml('<xml>\n <a><b>1</b><c/>\n</a>\n x </xml>')).toEqual({
    name: 'xml',
    text: '\n x ',
    children: [{ name: 'a', text: '', children: [{ name: 'b', text: '1', children: [] }, { name: 'c', text: '', children: [] }] }]
  })
})

test.each([
  ['', 'no well-formed XML'],
  ['x', 'no well-formed XML'],
  ['<xml><a></xml>', 'no well-formed XML'],
  ['<xml><a>1</b></xml>', 'no well-formed XML'],
  ['<xml><a>a & b</a></xml>', 'no well-formed XML'],
  ['<xml><a', 'no well-formed XML'],
  ['<xml><![CDATA[x</xml>', 'no well-formed XML'],
  ['<xml></xml><xml></xml>', 'no well-formed XML'],
  ['<xml><!DOCTYPE a><a/></xml>', 'a DOCTYPE'],
  ['<xml><!ENTITY x "y"><a>1</a></xml>', 'a markup declaration'],
  ['<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', 'a DOCTYPE']
])('%j is refused', (text, reason) => {
  expect(() => readXml(text)).toThrow(reason)
})

test('32 levels are read, 34 are not', () => {
  const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  expect(readXml(nested(32)).name).toBe('a')
  expect(() => readXml(nested(34))).toThrow('more than 32 levels')
})
