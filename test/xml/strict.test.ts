import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStrictXml } from '../../src/xml/strict.js'
import { ENVELOPE, MESSAGE, READERS, takenAlike, type Readers } from './equal.js'
import { ENVELOPES, FIELD_CASES, HOSTILE, MESSAGES, SAMPLES } from './mutations.js'

const left = (texts: string[], readers: Readers): string[] => texts.filter(text => !takenAlike(text.trim(), readers))

describe('what WeCom writes is read by the strict reader', () => {
  test('every sample of a message in its documents', () => {
    expect(SAMPLES.length).toBeGreaterThan(250)
    expect(left(SAMPLES, MESSAGE)).toEqual([])
  })

  test('every message of the vectors, but where a writer split ]]> or a user typed a line end of Windows', () => {
    expect(left(MESSAGES, MESSAGE).filter(text => !/\]\]\]\]><!\[CDATA\[>|\r/.test(text))).toEqual([])
    expect(left(MESSAGES, MESSAGE).length).toBeLessThan(MESSAGES.length / 20)
  })

  test('every envelope of the vectors, but those that the C# library wrote with line ends of Windows', () => {
    expect(left(ENVELOPES, ENVELOPE).filter(text => !text.startsWith('<xml>\r\n'))).toEqual([])
    expect(left(ENVELOPES, ENVELOPE).length).toBeLessThan(ENVELOPES.length / 10)
  })
})

test.each(READERS)('of the hostile vectors and the cases from the field, those that are taken as $what are read as the general reader reads them', readers => {
  const all = [...HOSTILE, ...FIELD_CASES]
  expect(left(all, readers).length).toBeLessThan(all.length)
})

const name = fc.constantFrom('a', 'B1', 'item', 'x-y_z', 'Event', 'EventType', 'MsgType', 'ToUserName', 'Encrypt', 'PicList', 'AgentID', 'length')
const blanks = fc.constantFrom('', '', '', ' ', '\n  ', '\t')
const typed = fc.array(fc.constantFrom('x', ' ', '\n', '<', '>', '&amp;', '</a>', '<![CDATA[', ']]', ']', '文', '😀', '\uE000', '\uE0000\uE001', '\u00a0', '-'.repeat(70)), { maxLength: 6 }).map(parts => parts.join(''))
const text = fc.oneof(typed.map(text => `<![CDATA[${text}]]>`), typed.map(text => text.replace(/[<>&]/g, '')), blanks)
const { element } = fc.letrec<{ element: string }>(tie => ({
  element: fc.tuple(name, fc.oneof({ maxDepth: 4 }, text, fc.array(fc.tuple(blanks, tie('element')).map(parts => parts.join('')), { minLength: 1, maxLength: 4 }).map(parts => parts.join('')))).map(([name, content]) => `<${name}>${content}</${name}>`)
}))
const document = fc.array(fc.oneof(element, fc.constant('<Encrypt>AAAA</Encrypt>')), { minLength: 1, maxLength: 6 }).map(elements => `<xml>${elements.join('\n')}</xml>`)

test.each(READERS)('documents of its form are read as $what by both alike', readers => {
  let taken = 0
  fc.assert(fc.property(document, text => { if (takenAlike(text, readers)) taken++ }), { numRuns: 2000 })
  expect(taken).toBeGreaterThan(50)
})

const xml = (inside: string) => `<xml>${inside}</xml>`
const nested = (levels: number) => '<a>'.repeat(levels) + '1' + '</a>'.repeat(levels)

test.each([
  ['elements in their order', '<B>1</B><A> x </A>', { B: '1', A: ' x ' }],
  ['an empty element, an empty section and blanks alone', '<A></A><B><![CDATA[]]></B><C> \n</C>', { A: '', B: '', C: ' \n' }],
  ['CDATA as it is', '<A><![CDATA[ <b>&lt;</A> ]]></A>', { A: ' <b>&lt;</A> ' }],
  ['brackets before the end of a section', '<A><![CDATA[a]]]]></A>', { A: 'a]]' }],
  ['layout', '\n <A>\n\t<B>1</B> </A>\n', { A: { B: '1' } }],
  ['a name of 128 characters', `<${'n'.repeat(128)}>1</${'n'.repeat(128)}>`, { ['n'.repeat(128)]: '1' }]
])('%s', (_what, inside, fields) => {
  expect(readStrictXml(xml(inside))).toEqual({ fields, repeats: false })
  expect(takenAlike(xml(inside), MESSAGE)).toBe(true)
})

test('a name that repeats right behind itself is a list, and said to be one', () => {
  expect(readStrictXml(xml('<A><B>1</B><B><C>2</C></B></A>'))).toEqual({ fields: { A: { B: ['1', { C: '2' }] } }, repeats: true })
})

test.each([
  ['attributes', '<A b="1">1</A>'],
  ['a comment', '<A>1</A><!-- c -->'],
  ['a processing instruction', '<A>1</A><?x?>'],
  ['a reference', '<A>&amp;</A>'],
  ['a self-closing element', '<A/>'],
  ['a blank in a tag', '<A >1</A>'],
  ['a blank in a closing tag', '<A>1</A >'],
  ['another closing tag', '<A>1</B>'],
  ['two sections', '<A><![CDATA[a]]><![CDATA[b]]></A>'],
  ['layout around a section', '<A> <![CDATA[a]]></A>'],
  ['layout behind a section', '<A><![CDATA[a]]> </A>'],
  ['a section without an end', '<A><![CDATA[a</A>'],
  ['another kind of section', '<A><![X[a]]></A>'],
  ['a text with an end of CDATA', '<A>]]></A>'],
  ['a line end of Windows', '<A><![CDATA[\r\n]]></A>'],
  ['text beside elements', '<A>1</A>x'],
  ['text before an element', '<A>x<B>1</B></A>'],
  ['a blank that XML has not', '\u00a0<A>1</A>'],
  ['an unknown blank before an element', '<A>\u3000<B>1</B></A>'],
  ['a name that comes again later', '<A>1</A><B>1</B><A>1</A>'],
  ['names that JavaScript gives a meaning to', '<__proto__>1</__proto__>'],
  ['another of them', '<constructor>1</constructor>'],
  ['one more', '<prototype>1</prototype>'],
  ['a name that every object has', '<toString>1</toString>'],
  ['a name of 129 characters', `<${'n'.repeat(129)}>1</${'n'.repeat(129)}>`],
  ['a name with a dot', '<a.b>1</a.b>'],
  ['a name that begins with a digit', '<1>1</1>'],
  ['no name', '<>1</>'],
  ['33 levels', nested(32)],
  ['more elements than there may be', '<A>1</A>'.repeat(20_000)],
  ['no elements', ' '],
  ['an end in the middle of a text', '<A>1'.slice(0, -1)]
])('at %s it gives up', (_what, inside) => {
  expect(readStrictXml(xml(inside))).toBeUndefined()
})

test.each(['', '<xml', '<xml>', '<xml><A', '<xml><A>', '<xml><A>1', '<xml><A>1<', '<xml><A>1</A></xml', '<xml><A>1</A></xml>x', ' <xml><A>1</A></xml>', '<?xml version="1.0"?><xml><A>1</A></xml>', '<a><A>1</A></a>'])('at %j it gives up', text => {
  expect(readStrictXml(text)).toBeUndefined()
})

test('all depths and numbers that the general reader takes are read alike', () => {
  expect(takenAlike(xml(nested(31)), MESSAGE)).toBe(true)
  expect(takenAlike(xml(`${'<A>1</A>'.repeat(998)}<Encrypt>A</Encrypt>`), ENVELOPE)).toBe(false)
  const numbered = (count: number) => Array.from({ length: count }, (_, number) => `<A${number}>1</A${number}>`).join('')
  expect(takenAlike(xml(`${numbered(998)}<Encrypt>A</Encrypt>`), ENVELOPE)).toBe(true)
  expect(takenAlike(xml(`${numbered(999)}<Encrypt>A</Encrypt>`), ENVELOPE)).toBe(false)
  expect(takenAlike(xml(numbered(19_999)), MESSAGE)).toBe(true)
  expect(takenAlike(xml(numbered(20_000)), MESSAGE)).toBe(false)
})

describe('a message in which names repeat is taken where they are lists of its kind', () => {
  const event = (fields: string) => xml(`<ToUserName><![CDATA[w]]></ToUserName><FromUserName><![CDATA[z]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[pic_weixin]]></Event>${fields}`)

  test.each([
    [true, '<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum><![CDATA[a]]></PicMd5Sum></item><item><PicMd5Sum><![CDATA[b]]></PicMd5Sum></item></PicList></SendPicsInfo>'],
    [true, '<Unknown>1</Unknown><Unknown>2</Unknown>'],
    [false, '<EventKey><![CDATA[a]]></EventKey><EventKey><![CDATA[b]]></EventKey>'],
    [false, '<SendPicsInfo><Count>2</Count><Count>3</Count></SendPicsInfo>']
  ])('%s: %s', (taken, fields) => {
    expect(takenAlike(event(fields), MESSAGE)).toBe(taken)
  })
})
