import { expect, test } from 'vitest'
import { readEnvelope } from '../../src/envelope/envelope.js'

const MEGABYTE = 2 ** 20
const fill = (unit: string, before: string, after: string) => before + unit.repeat(Math.floor((MEGABYTE - before.length - after.length) / unit.length)) + after
const numbered = (times: number, write: (number: number) => string) => Array.from({ length: times }, (_, number) => write(number)).join('')
const ENCRYPT = '<Encrypt>AAAA</Encrypt>'

// A stranger's megabyte is refused by what it is made of, before a parser walks through it: no signature has been looked at yet.
test.each([
  ['a processing instruction before the root', fill('x ', '<?a ', `?><xml>${ENCRYPT}</xml>`), 'a processing instruction'],
  ['many of them', fill('<?a?>', '', `<xml>${ENCRYPT}</xml>`), 'a processing instruction'],
  ['one within the root', fill('x ', '<xml><?a ', `?>${ENCRYPT}</xml>`), 'a processing instruction'],
  ['one behind the root', fill('x ', `<xml>${ENCRYPT}</xml><?a `, '?>'), 'a processing instruction'],
  ['one that is not closed', fill('x', '<?a ', ''), 'a processing instruction'],
  ['an XML declaration with endless attributes', fill('x="1" ', '<?xml ', `?><xml>${ENCRYPT}</xml>`), 'a processing instruction'],
  ['an XML declaration of blanks', fill(' ', '<?xml', `?><xml>${ENCRYPT}</xml>`), 'a processing instruction'],
  ['an XML declaration that is not at the beginning', `<xml>${ENCRYPT}</xml><?xml version="1.0"?>`, 'a processing instruction'],
  ['comments', fill('<!---->', '<xml>', `${ENCRYPT}</xml>`), 'more than 1000 comments'],
  ['comments that are not closed', fill('<!--', '<xml>', ''), 'no well-formed XML'],
  ['attributes', fill('a="1" ', '<xml ', `>${ENCRYPT}</xml>`), 'more than 4096 characters of attributes'],
  ['attributes, each of another name', `<xml ${numbered(99_999, number => `a${number}="" `)}>${ENCRYPT}</xml>`, 'more than 4096 characters of attributes'],
  ['attributes without a value', fill('a ', '<xml ', `>${ENCRYPT}</xml>`), 'more than 4096 characters of attributes'],
  ['blanks within a tag', fill(' ', '<xml', `>${ENCRYPT}</xml>`), 'more than 4096 characters of attributes'],
  ['blanks within a closing tag', fill(' ', `<xml>${ENCRYPT}</xml`, '>'), 'more than 4096 characters of attributes'],
  ['elements with an attribute', fill('<a b="1"/>', '<xml>', `${ENCRYPT}</xml>`), 'more than 4096 characters of attributes'],
  ['one name', fill('a', '<xml><', `/>${ENCRYPT}</xml>`), 'a name of more than 128 characters'],
  ['a name that is not closed', fill('a', '<', ''), 'a name of more than 128 characters'],
  ['elements', fill('<a/>', '<xml>', `${ENCRYPT}</xml>`), 'more than 20000 elements'],
  ['as many elements as a message may have', `<xml>${'<a/>'.repeat(19_000)}${ENCRYPT}</xml>`, 'more than 1000 elements'],
  ['closing tags', fill('</a>', `<xml>${ENCRYPT}</xml>`, ''), 'no well-formed XML'],
  ['CDATA sections', fill('<![CDATA[x]]> ', `<xml>${ENCRYPT}<a>`, '</a></xml>'), 'more than 20000 CDATA sections'],
  ['CDATA openers without an end', fill('<![CDATA[', `<xml>${ENCRYPT}<a>`, ''), 'no well-formed XML'],
  ['references', fill('&lt;', `<xml>${ENCRYPT}<a>`, '</a></xml>'), 'more than 20000 references'],
  ['numeric references', fill('&#65;', `<xml>${ENCRYPT}<a>`, '</a></xml>'), 'more than 20000 references'],
  ['undefined references', fill('&abc;', `<xml>${ENCRYPT}<a>`, '</a></xml>'), 'more than 20000 references'],
  ['bare ampersands', fill('&', `<xml>${ENCRYPT}<a>`, '</a></xml>'), 'no well-formed XML'],
  ['a reference that never ends', fill('1', `<xml>${ENCRYPT}<a>&#`, ';</a></xml>'), 'no well-formed XML'],
  ['a DOCTYPE of many entities', `<!DOCTYPE x [${numbered(50_000, number => `<!ENTITY a${number} "">`)}]><xml>${ENCRYPT}</xml>`, 'a DOCTYPE'],
  ['text behind the root', fill('x', `<xml>${ENCRYPT}</xml>`, ''), 'no well-formed XML (line 1)'],
  ['keys with faulty escapes', `{"encrypt":"A",${numbered(99_999, number => `"\\q${number}":`)}`, 'more than 20000 values'],
  ['keys without commas', fill('"a":', '{"encrypt":"A",', ''), 'more than 20000 values'],
  ['brackets behind a key that comes twice', fill('[', '{"encrypt":"A","x":1,"x":', ''), 'more than 32 levels'],
  ['keys', `{"encrypt":"A",${numbered(99_999, number => `"k${number}":1,`)}"z":1}`, 'more than 20000 values']
])('1 MiB of %s is refused by what it is', (_what, body, got) => {
  expect(() => readEnvelope(body)).toThrow(expect.objectContaining({ code: 'WECOM_ENVELOPE_INVALID', errcode: -40002, message: expect.stringContaining(`got ${got}. `) as string }))
})

test.each([
  ['text', fill('x', '<a>', '</a>')],
  ['CDATA', fill('x', '<a><![CDATA[', ']]></a>')],
  ['blanks', fill(' ', '', '')],
  ['line ends', fill('\r\n', '', '')],
  ['a comment', fill('-', '<!--', '-->')]
])('1 MiB of %s beside Encrypt is read', (_what, inside) => {
  expect(readEnvelope(`${' '.repeat(99)}<?xml version="1.0" encoding="UTF-8" standalone='yes'?>${' '.repeat(99)}<xml>${inside}${ENCRYPT}</xml>${' '.repeat(99)}`)).toMatchObject({ encrypt: 'AAAA' })
})
