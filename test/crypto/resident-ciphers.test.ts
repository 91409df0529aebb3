import { randomBytes, randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { aesKeyOf, decrypt, encrypt } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { newSettings } from '../support/requests.js'
import { decryptRaw, encryptRaw, encrypt as encryptAsWecom } from '../support/wecom-aes.js'

const settings = [newSettings(), newSettings()] as const

test('what came before changes nothing: keys, sizes, refusals and both directions in any order', () => {
  for (let round = 0; round < 2_000; round++) {
    const { encodingAESKey } = settings[randomInt(2)] as typeof settings[0]
    const key = decodeEncodingAESKey(encodingAESKey)
    const message = 'x中'.charAt(randomInt(2)).repeat(randomInt(20) === 0 ? 70_000 : randomInt(400))
    const random = randomBytes(16)
    switch (randomInt(4)) {
      case 0: expect(decrypt(key, encryptAsWecom(encodingAESKey, message, 'ww1'))).toEqual({ message, receiveId: 'ww1' }); break
      case 1: expect(decryptRaw(encodingAESKey, encrypt(key, message, 'ww1', random)).subarray(0, 16)).toEqual(random); break
      case 2: expect(() => decrypt(key, randomBytes(randomInt(1, 200)).toString('base64').slice(0, -randomInt(1, 3)))).toThrow(); break
      // 33 is no padding.
      case 3: expect(() => decrypt(key, encryptRaw(encodingAESKey, Buffer.alloc(64, 33)))).toThrow(expect.objectContaining({ code: 'WECOM_DECRYPT_FAILED' })); break
    }
  }
})

test('random bytes that are not given differ from message to message', () => {
  const { encodingAESKey } = settings[0]
  const key = decodeEncodingAESKey(encodingAESKey)
  const blocks = new Set<string>()
  for (let i = 0; i < 2_000; i++) blocks.add(decryptRaw(encodingAESKey, encrypt(key, 'x', '')).toString('hex', 0, 16))
  expect(blocks.size).toBe(2_000)
})

test('more keys than are remembered open as ever', () => {
  const many = Array.from({ length: 1_100 }, () => newSettings().encodingAESKey)
  for (const encodingAESKey of [...many, ...many]) {
    const key = decodeEncodingAESKey(encodingAESKey)
    expect(decrypt(key, encrypt(key, encodingAESKey, ''))).toEqual({ message: encodingAESKey, receiveId: '' })
  }
})

test('bytes that are no whole blocks are refused, and the next message is opened and sealed as ever', () => {
  const { encodingAESKey } = settings[0]
  const key = decodeEncodingAESKey(encodingAESKey)
  expect(() => aesKeyOf(key).encrypt(Buffer.alloc(40))).toThrow('AES gave 32 bytes for 40')
  expect(() => aesKeyOf(key).decrypt(Buffer.alloc(40))).toThrow('AES gave 32 bytes for 40')
  for (let i = 0; i < 2; i++) {
    expect(decrypt(key, encryptAsWecom(encodingAESKey, 'x', 'ww1'))).toEqual({ message: 'x', receiveId: 'ww1' })
    expect(decrypt(key, encrypt(key, 'y', 'ww1'))).toEqual({ message: 'y', receiveId: 'ww1' })
  }
})
