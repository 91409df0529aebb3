import { describe, expect, test } from 'vitest'
import { createWecomCrypto, type WecomCrypto } from '../../src/wecom-crypto/index.js'
import { encrypt, computeSignature } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { seal } from '../../src/envelope/envelope.js'
import { answerFields } from '../support/requests.js'
import { LIBRARIES, readVectors, type Vector } from '../support/vectors.js'
import { COUNTS } from './counts.js'

describe.each(LIBRARIES)('%s', library => {
  const vectors = readVectors(library)
  const of = (op: Vector['op']) => vectors.filter(vector => vector.op === op)

  test('has all its lines', () => {
    const { encrypt, decrypt, echo } = COUNTS[library]
    expect({ encrypt: of('encrypt').length, decrypt: of('decrypt').length, echo: of('echo').length, lines: vectors.length })
      .toEqual({ encrypt, decrypt, echo, lines: encrypt + decrypt + echo })
  })

  test.each(of('decrypt'))('$id: what it opened opens here as well ($case)', expectOpens)

  test.each(of('encrypt'))('$id: what it sealed opens here ($case)', expectOpens)

  test.each(of('echo'))('$id: the echostr it opened opens here as well', vector => {
    expect(cryptoOf(vector).verifyUrl({ ...signedBy(vector), echostr: vector.encrypt })).toBe(vector.plaintext)
  })

  test.each(of('encrypt'))('$id: the same random bytes, timestamp and nonce seal to the same bytes ($case)', vector => {
    const { token, plaintext, receiveId, timestamp, nonce } = vector
    const key = decodeEncodingAESKey(vector.encodingAESKey)
    const random = Buffer.from(vector.random, 'hex')
    expect(random).toHaveLength(16)

    expect(encrypt(key, plaintext, receiveId, random)).toBe(vector.encrypt)
    expect(computeSignature(token, timestamp, nonce, vector.encrypt)).toBe(vector.msgSignature)
    const styles = [['xml', { format: 'xml', spelling: 'capital' }], ['json', { format: 'json', spelling: 'lower' }], ['Json', { format: 'json', spelling: 'capital' }]] as const
    for (const [style, form] of styles) {
      const sealed = seal({ token, key, message: plaintext, receiveId, timestamp, nonce, random }, form)
      expect(answerFields(sealed, style)).toEqual([vector.encrypt, vector.msgSignature, timestamp, nonce])
    }
  })
})

test.each(['go-xml', 'node', 'cpp-json', 'go-json', 'java-json'] as const)('answers are written byte for byte as %s writes them', library => {
  for (const { token, encodingAESKey, receiveId, timestamp, nonce, plaintext, random, format, body } of readVectors(library).filter(({ op }) => op === 'encrypt')) {
    const sealed = seal({ token, key: decodeEncodingAESKey(encodingAESKey), message: plaintext, receiveId, timestamp, nonce, random: Buffer.from(random, 'hex') }, { format, spelling: 'lower' })
    expect(sealed).toBe(body)
  }
})

describe('ciphertext of WeCom itself', () => {
  const real = readVectors('wecom-real')

  test('has all its lines', () => {
    expect(real.map(({ op }) => op)).toEqual(['echo', 'decrypt', 'decrypt', 'decrypt'])
  })

  test.each(real)('$id opens ($case)', vector => {
    if (vector.op === 'decrypt') expectOpens(vector)
    else expect(cryptoOf(vector).verifyUrl({ ...signedBy(vector), echostr: vector.encrypt })).toBe(vector.plaintext)
  })
})

function expectOpens (vector: Vector): void {
  const { message, receiveId, format } = cryptoOf(vector).decryptMessage({ ...signedBy(vector), body: vector.body })
  expect({ message, receiveId, format }).toEqual({ message: vector.plaintext, receiveId: vector.receiveId, format: vector.body.startsWith('<') ? 'xml' : 'json' })
}

function cryptoOf ({ token, encodingAESKey, receiveId }: Vector): WecomCrypto {
  return createWecomCrypto({ token, encodingAESKey, receiveId })
}

function signedBy ({ msgSignature: signature, timestamp, nonce }: Vector): { signature: string, timestamp: string, nonce: string } {
  return { signature, timestamp, nonce }
}
