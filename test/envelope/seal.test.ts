import { expect, test } from 'vitest'
import { writeEnvelope } from '../../src/envelope/seal.js'

const sealed = { encrypt: 'AAAA', signature: 'abc', timestamp: '1409659813', nonce: 'n' }

test('JSON is spelled as the request was', () => {
  expect(writeEnvelope(sealed, { format: 'json', spelling: 'lower' })).toBe('{"encrypt":"AAAA","msgsignature":"abc","timestamp":"1409659813","nonce":"n"}')
  expect(writeEnvelope(sealed, { format: 'json', spelling: 'capital' })).toBe('{"Encrypt":"AAAA","MsgSignature":"abc","TimeStamp":"1409659813","Nonce":"n"}')
})

test('XML has one spelling', () => {
  expect(writeEnvelope(sealed, { format: 'xml', spelling: 'capital' })).toBe('<xml><Encrypt><![CDATA[AAAA]]></Encrypt><MsgSignature><![CDATA[abc]]></MsgSignature><TimeStamp>1409659813</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>')
})
