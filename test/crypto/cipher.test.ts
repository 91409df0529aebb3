import { describe, expect, test } from 'vitest'
import { decrypt, encrypt } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { encryptRaw, uint32 } from '../support/wecom-aes.js'

const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
const key = decodeEncodingAESKey(KEY)
const random = Buffer.alloc(16, 7)

test('every length of message and receiveId around the block sizes comes back', () => {
  for (let length = 0; length <= 70; length++) {
    for (const receiveId of ['', 'ww1', '中']) {
      const message = 'x'.repeat(length)
      const sealed = encrypt(key, message, receiveId, random)
      expect(Buffer.from(sealed, 'base64').length % 32).toBe(0)
      expect(decrypt(key, sealed)).toEqual({ message, receiveId })
    }
  }
})

test('emoji, NUL and a byte order mark come back as they were', () => {
  for (const message of ['👨‍👩‍👧‍👦🇨🇳', 'a\0b', '\uFEFF<xml/>']) expect(decrypt(key, encrypt(key, message, '', random)).message).toBe(message)
})

test.each([['message', '\ud83d', ''], ['receiveId', '', 'x\udc00']])('half a surrogate pair in the %s is refused with -40006 instead of being replaced', (_where, message, receiveId) => {
  expect(() => encrypt(key, message, receiveId, random)).toThrow(expect.objectContaining({ code: 'WECOM_ENCRYPT_FAILED', errcode: -40006 }))
})

describe('what is no ciphertext of ours', () => {
  const content = Buffer.concat([random, uint32(5), Buffer.from('helloww1')]) // 28 bytes, 4 short of a block

  test('the counterpart: the same bytes with right padding open', () => {
    expect(decrypt(key, sealRaw(pad(content, 4, 4)))).toEqual({ message: 'hello', receiveId: 'ww1' })
  })

  test.each([
    ['pad byte 0', pad(content, 4, 0)],
    ['pad byte 33', pad(Buffer.concat([content, content.subarray(0, 3)]), 33, 33)],
    ['one wrong byte within the pad', Buffer.concat([content, Buffer.from([4, 3, 4, 4])])],
    ['no pad at all', Buffer.concat([content, Buffer.from('abcd')])]
  ])('%s is refused with -40007', (_name, bytes) => {
    expect(() => decrypt(key, sealRaw(bytes))).toThrow(expect.objectContaining({ code: 'WECOM_DECRYPT_FAILED', errcode: -40007 }))
  })

  test.each([
    ['a length beyond the bytes', [random, uint32(9), Buffer.from('helloww1')]],
    ['the length 0xffffffff', [random, uint32(0xffffffff), Buffer.from('helloww1')]],
    ['the length 0x80000000', [random, uint32(0x80000000), Buffer.from('helloww1')]],
    ['19 bytes', [random, Buffer.from([0, 0, 0])]],
    ['nothing but padding', []],
    ['a message that is not UTF-8', [random, uint32(2), Buffer.from([0xff, 0xfe]), Buffer.from('ww1')]],
    ['a receiveId that is not UTF-8', [random, uint32(1), Buffer.from('x'), Buffer.from([0xc3])]]
  ])('%s is refused with -40008', (_name, parts) => {
    const bytes = Buffer.concat(parts)
    const length = 32 - bytes.length % 32
    expect(() => decrypt(key, sealRaw(pad(bytes, length, length)))).toThrow(expect.objectContaining({ code: 'WECOM_PLAINTEXT_INVALID', errcode: -40008 }))
  })

  test.each([
    ['nothing', ''],
    ['a length that is no multiple of four', 'AAAAA'],
    ['the URL-safe alphabet', 'AA-_'],
    ['three padding characters', 'A==='],
    ['a line break within', 'AAAA\nAAA']
  ])('%s as base64 is refused with -40010', (_name, text) => {
    expect(() => decrypt(key, text)).toThrow(expect.objectContaining({ code: 'WECOM_BASE64_DECODE_FAILED', errcode: -40010 }))
  })

  test.each([1, 16, 31, 33, 48])('%d bytes are no whole blocks: -40007', length => {
    expect(() => decrypt(key, Buffer.alloc(length).toString('base64'))).toThrow(expect.objectContaining({ code: 'WECOM_DECRYPT_FAILED' }))
  })
})

function sealRaw (bytes: Buffer): string {
  return encryptRaw(KEY, bytes)
}

function pad (bytes: Buffer, count: number, value: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(count, value)])
}
