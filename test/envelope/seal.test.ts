import { expect, test } from 'vitest'
import { encrypt, computeSignature } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { seal } from '../../src/envelope/envelope.js'

const key = decodeEncodingAESKey('jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C')
const random = Buffer.alloc(16, 7)
const input = { token: 'QDG6eK', key, message: 'hello', receiveId: 'ww1', timestamp: '1409659813', nonce: 'n', random }
const encrypted = encrypt(key, 'hello', 'ww1', random)
const signature = computeSignature('QDG6eK', '1409659813', 'n', encrypted)

test('JSON is spelled as the request was', () => {
  expect(seal(input, { format: 'json', spelling: 'lower' })).toBe(`{"encrypt":"${encrypted}","msgsignature":"${signature}","timestamp":"1409659813","nonce":"n"}`)
  expect(seal(input, { format: 'json', spelling: 'capital' })).toBe(`{"Encrypt":"${encrypted}","MsgSignature":"${signature}","TimeStamp":"1409659813","Nonce":"n"}`)
})

test('XML has one spelling', () => {
  expect(seal(input, { format: 'xml', spelling: 'capital' })).toBe(`<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${signature}]]></MsgSignature><TimeStamp>1409659813</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>`)
})
