import fc from 'fast-check'
import { expect, test } from 'vitest'
import { composeReply, writeAppText } from '../../src/reply/compose.js'
import { text } from '../../src/reply/text.js'

const kind = { product: 'app', key: 'text' } as const
const piece = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(']]>', '"', '\\', '\r\n', '\n', '\u0000', '\u001f', '\ufffe', '\u3000', '😀', '\ud83d', '\ude00', '你好', '字'.repeat(682), 'a'.repeat(2047))
)
const texts = fc.array(piece, { maxLength: 4 }).map(pieces => pieces.join(''))

test('what is written in one go is what the table of limits makes of the same reply', () => {
  fc.assert(fc.property(texts, texts, texts, fc.constantFrom('xml' as const, 'json' as const), (content, from, to, format) => {
    const answered = { kind, format, message: { FromUserName: `u${from}`, ToUserName: to } }
    const written = writeAppText(text(content), answered)
    if (written === undefined) return
    // A field beside them goes the general way.
    const general = composeReply({ MsgType: 'text', Content: content, Other: undefined }, answered, warning => { throw new Error(warning) })
    expect(clockless(written)).toBe(clockless(general))
    expect(clockless(writeAppText({ Content: content, MsgType: 'text' }, answered) ?? '')).toBe(clockless(general))
  }), { numRuns: 3000 })
})

test.each(['xml', 'json'] as const)('an ordinary text is written in one go: %s', format => {
  const answered = { kind, format, message: { FromUserName: 'zhangsan', ToUserName: 'ww1' } }
  expect(writeAppText(text('你好\nsecond line'), answered)).toEqual(format === 'json' ? undefined : expect.any(String))
  expect(writeAppText(text('你好 <b>&amp; "quoted"'), answered)).toEqual(format === 'json' ? undefined : expect.any(String))
  expect(writeAppText(text('你好，收到 100%'), answered)).toEqual(expect.any(String))
})

test.each([
  ['another kind', { MsgType: 'image', Content: 'a' }],
  ['a field beside', { MsgType: 'text', Content: 'a', Other: undefined }],
  ['one field', { MsgType: 'text' }],
  ['a content that is no text', { MsgType: 'text', Content: 1 }],
  ['a kind that is inherited', Object.assign(Object.create({ MsgType: 'text' }) as object, { Content: 'a', Other: 'b' })],
  ['a list', Object.assign([], { MsgType: 'text', Content: 'a' })],
  ['null', null],
  ['a string', 'text']
])('a value with %s goes the general way', (_name, value) => {
  expect(writeAppText(value, { kind, format: 'xml', message: { FromUserName: 'zhangsan', ToUserName: 'ww1' } })).toBeUndefined()
})

test('what has to be cut, cleaned or refused goes the general way', () => {
  const warnings: string[] = []
  const answered = { kind, format: 'xml' as const, message: { FromUserName: 'zhangsan', ToUserName: 'ww1' } }
  const composed = composeReply(text('字'.repeat(683)), answered, warning => warnings.push(warning))
  expect(composed).toContain(`<![CDATA[${'字'.repeat(682)}]]>`)
  expect(warnings).toHaveLength(1)
  expect(composeReply(text('a]]>b\u0000'), answered)).toContain('<![CDATA[a]]]]><![CDATA[>b]]>')
  expect(() => composeReply(text(''), answered)).toThrow('an empty one')
})

function clockless (reply: string): string {
  return reply.replace(/(<CreateTime>|"CreateTime":)\d+/, '$1')
}
