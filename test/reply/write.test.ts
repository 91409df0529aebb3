import fc from 'fast-check'
import { expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { cdata, writeElements } from '../../src/xml/write.js'
import { compose } from './compose.js'
import { readTree, type Tree } from './wecom.js'

/** Any UTF-16 at all, rich in what could break out. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit))).map(units => units.join('')),
  fc.array(fc.constantFrom(']]>', ']', ']]', '>', '<', '<![CDATA[', '&lt;', '&', '</Content>', '<!--', '<?xml?>', '\u0000', '\u000b', '\ud800', '\udc00', '\ufffe', '\r', '\r\n', '\n', '😀', '文')).map(parts => parts.join(''))
)

/** XML 1.0: section 2.2 says which characters there are, section 2.11 what a reader makes of line ends. */
function allowed (value: string): string {
  return Array.from(value, character => {
    const code = character.codePointAt(0) as number
    if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
    return code === 9 || code === 10 || code === 13 || (code >= 0x20 && code !== 0xfffe && code !== 0xffff) ? character : ''
  }).join('').replace(/\r\n?/g, '\n')
}

test('no text breaks out of its element', () => {
  fc.assert(fc.property(anyText, value => {
    expect(readTree(`<a>${cdata(value)}</a>`)).toEqual(['a', allowed(value)])
  }), { numRuns: 2000 })
})

test('no text breaks out of a reply', () => {
  fc.assert(fc.property(anyText, anyText, (title, url) => {
    const reply = { MsgType: 'news', ToUserName: `u${url}`, Articles: [{ Title: `x${title}`, Url: url, Extra: title }, { Title: 'last' }] }
    const [, fields] = readTree(compose(reply, 'text')) as [string, Tree[]]
    expect(fields.map(([name]) => name)).toEqual(['ToUserName', 'FromUserName', 'CreateTime', 'MsgType', 'ArticleCount', 'Articles'])
    expect(fields[0]).toEqual(['ToUserName', allowed(`u${url}`)])
    expect(fields[5]).toEqual(['Articles', [
      ['item', [['Title', allowed(`x${title}`)], ['Url', allowed(url)], ['Extra', allowed(title)]]],
      ['item', [['Title', 'last']]]
    ]])
  }), { numRuns: 1000 })
})

test('no text breaks out of JSON, and no half pair gets into it', () => {
  fc.assert(fc.property(anyText, value => {
    const composed = compose(text(value), 'aibot.text')
    expect(JSON.parse(composed).stream.content).toBe(value.toWellFormed())
    expect(composed).not.toMatch(/\\ud[89a-f]/i)
  }), { numRuns: 1000 })
})

test('a cut text is a beginning of the text, fits, and leaves out less than one character', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), value => {
    const whole = `x${value.toWellFormed()}`
    const [, fields] = readTree(compose({ MsgType: 'video', Video: { MediaId: 'm', Title: whole } }, 'text')) as [string, Tree[]]
    const title = (fields.at(-1) as [string, Tree[]])[1][1]?.[1] as string
    const readable = allowed(whole)
    expect(readable.startsWith(title)).toBe(true)
    expect(Buffer.byteLength(title)).toBeLessThanOrEqual(128)
    const characters = Array.from(new Intl.Segmenter('zh').segment(readable), ({ segment }) => segment)
    let fitting = ''
    for (const character of characters) {
      if (Buffer.byteLength(fitting + character) > 128) break
      fitting += character
    }
    expect(title).toBe(fitting)
  }), { numRuns: 1000 })
})

test('numbers and flags are written bare, lists repeat, undefined is left out', () => {
  expect(writeElements({ A: 1.5, B: true, C: ['x', 2], D: undefined, E: { F: '' } })).toBe('<A>1.5</A><B>true</B><C><![CDATA[x]]></C><C>2</C><E><F><![CDATA[]]></F></E>')
})

test.each([[null, 'null as A'], [NaN, 'NaN as A'], [Infinity, 'Infinity as A'], [1n, 'bigint as A'], [() => {}, 'function as A']])('%s is refused', (value, message) => {
  expect(() => writeElements({ A: value })).toThrow(message)
})

test.each(['', '1a', 'a b', 'a>', '<a', 'a/'])('%j is refused as a name', name => {
  expect(() => writeElements({ [name]: 'x' })).toThrow('no XML name')
})
