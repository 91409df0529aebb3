import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentTypeOf } from '../../src/bot/content-type.js'
import { fileNameOf } from '../../src/bot/file-name.js'

const latin1 = (text: string) => Buffer.from(text).toString('latin1')

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['attachment', undefined],
  ['attachment; filename=a.txt', 'a.txt'],
  ['attachment; filename="a b.txt"', 'a b.txt'],
  ['attachment; filename="a \\"b\\".txt"', 'a "b".txt'],
  ['attachment;filename="a;b=c.txt"; size=3', 'a;b=c.txt'],
  ['filename=a.txt', 'a.txt'],
  ["attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf", '报告.pdf'],
  ["attachment; filename=\"x.pdf\"; filename*=utf-8'zh'%E6%8A%A5%E5%91%8A.pdf", '报告.pdf'],
  ["attachment; filename*=ISO-8859-1''caf%e9.txt", 'café.txt'],
  ["attachment; filename*=UTF-8''%E6%8A; filename=b.txt", 'b.txt'],
  ["attachment; filename*=UTF-8''..; filename=b.txt", 'b.txt'],
  [latin1('attachment; filename="报告.pdf"'), '报告.pdf'],
  ['attachment; filename="caf\xe9.txt"', 'café.txt'],
  ['attachment; filename="%E6%8A%A5%E5%91%8A.pdf"', '报告.pdf'],
  ['attachment; filename="100%25.txt"', '100%25.txt'],
  ['attachment; filename="../../etc/passwd"', 'passwd'],
  ['attachment; filename="C:\\\\Windows\\\\evil.exe"', 'evil.exe'],
  ["attachment; filename*=UTF-8''..%2F..%2Fevil%00.sh", 'evil.sh'],
  ["attachment; filename*=UTF-8''%E2%80%AEfdp.exe", 'fdp.exe'],
  ['attachment; filename=".."', undefined],
  ['attachment; filename="a/"', undefined],
  ['attachment; filename=""', undefined],
  ['attachment; filename="unclosed.txt', 'unclosed.txt']
])('%j names %j', (disposition, name) => {
  expect(fileNameOf(disposition)).toBe(name)
})

test('a long name keeps its extension and fits into a directory', () => {
  const name = fileNameOf(latin1(`attachment; filename="${'报'.repeat(200)}.pdf"`)) as string
  expect(name.endsWith('报.pdf')).toBe(true)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
})

test('whatever a server says, the name is one step of a path', () => {
  const piece = fc.constantFrom(...'/\\.%"\';*=ab\0\n \u202e', 'filename', 'filename*', 'UTF-8', '%2F', '%2e', '报')
  fc.assert(fc.property(fc.array(piece, { maxLength: 24 }), pieces => {
    for (const disposition of [pieces.join(''), `a;filename="${pieces.join('')}"`, `a;filename*=UTF-8''${pieces.join('')}`]) {
      const name = fileNameOf(disposition)
      if (name !== undefined) expect(name).toMatch(/^(?!\.*$)[^/\\\p{Cc}\p{Cf}]+$/u)
    }
  }), { numRuns: 3_000, seed: 26 })
})

test.each<[string, string | undefined, string | undefined, string]>([
  ['ffd8ffe0', undefined, undefined, 'image/jpeg'],
  ['89504e470d0a1a0a', 'application/octet-stream', undefined, 'image/png'],
  ['474946383961', 'text/plain', undefined, 'image/gif'],
  ['524946460000000057454250', undefined, undefined, 'image/webp'],
  ['255044462d312e37', undefined, 'a.txt', 'application/pdf'],
  ['0000001866747970' + '69736f6d', undefined, undefined, 'video/mp4'],
  ['0000001866747970' + '71742020', undefined, undefined, 'video/quicktime'],
  ['504b0304', 'application/zip', 'a.DOCX', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['504b0304', undefined, 'a.bin', 'application/zip'],
  ['504b0304', 'application/vnd.ms-excel; x=y', undefined, 'application/vnd.ms-excel'],
  ['68690a', 'text/html; charset=utf-8', undefined, 'text/html'],
  ['68690a', 'binary/octet-stream', 'a.md', 'text/markdown'],
  ['68690a', 'no type\r\n', undefined, 'application/octet-stream'],
  ['', undefined, undefined, 'application/octet-stream']
])('%s, told as %j and named %j, is %s', (hex, header, name, type) => {
  expect(contentTypeOf(Buffer.from(hex, 'hex'), header, name)).toBe(type)
})
