import { expect, test } from 'vitest'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'

const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'

test('WeCom\'s own sample key is 32 bytes, though the spare bits of its last character are set', () => {
  expect(decodeEncodingAESKey(KEY).toString('hex')).toBe('8d69989bbaabe67328014c194631ad0719b3dca035b64023df292447aab60760')
  expect(decodeEncodingAESKey(KEY.slice(0, -1) + 'D')).toEqual(decodeEncodingAESKey(KEY))
})

test.each([
  ['nothing', undefined, 'got nothing'],
  ['a number', 43, 'got a value of type number'],
  ['an empty text', '', 'got an empty string'],
  ['42 characters', KEY.slice(1), 'got 42 characters.'],
  ['44 characters', `${KEY}A`, 'got 44 characters.'],
  ['the padding kept', `${KEY}=`, 'got 44 characters with a "=" among them'],
  ['a "=" within', `${KEY.slice(0, 42)}=`, 'got 43 characters with a "=" among them'],
  ['a line break at the end', `${KEY}\n`, 'got 44 characters with a blank or a line break among them'],
  ['the URL-safe alphabet', `${KEY.slice(0, 42)}-`, 'got 43 characters with "-" or "_" among them (URL-safe base64)'],
  ['another character', `${KEY.slice(0, 42)}!`, 'got 43 characters.']
])('%s is refused with -40004, and the text does not show the key', (_name, key, got) => {
  const error = thrown(() => decodeEncodingAESKey(key))
  expect(error).toMatchObject({ code: 'WECOM_ENCODING_AES_KEY_INVALID', errcode: -40004 })
  expect(error.message).toContain(got)
  expect(error.message).not.toContain(KEY.slice(1, 20))
})

function thrown (action: () => unknown): Error {
  try {
    action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
