import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readXml } from '../../src/xml/read.js'

/** Long and short texts, such as look like the marks of those that lie beside the document. */
const text = fc.array(fc.constantFrom('\uE0000\uE001', '\uE000', '\uE001', '1', 'x'.repeat(70), '<', '&', '&amp;', ' ', '\n', '文', '😀')).map(parts => parts.join(''))

test('a text comes back whether it is long or short, in CDATA or not', () => {
  fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), texts => {
    const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    const read = readXml(`<xml>${texts.map(text => `<a><![CDATA[${text}]]></a><b>${escape(text)}</b>`).join('')}</xml>`)
    expect(read.children).toEqual(texts.flatMap(text => [{ name: 'a', text, children: [] }, { name: 'b', text, children: [] }]))
  }))
})

test.each(['<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8" ?>', '<?xml  version = \'1.0\'  encoding=\'GBK\' standalone=\'no\'?>'])('%s is passed over', declaration => {
  expect(readXml(`${declaration}\n<xml>1</xml>`).text).toBe('1')
})

test.each(['<?xml-stylesheet href="a"?><xml/>', '<?xml version="1.0"><xml/>', '<?xml version="1.0"?><?xml version="1.0"?><xml/>', ' <?xml version="1.0"?><xml/>', '<xml><?php 1 ?></xml>'])('%s is refused', document => {
  expect(() => readXml(document)).toThrow('a processing instruction')
})
