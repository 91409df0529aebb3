import { describe, expect, test } from 'vitest'
import { createWecomCrypto, type WecomCryptoOptions } from '../../src/wecom-crypto/index.js'

const TOKEN = 'QDG6eK'
const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'

function create (receiveId: WecomCryptoOptions['receiveId']) {
  return createWecomCrypto({ token: TOKEN, encodingAESKey: KEY, receiveId })
}

/** A JSON envelope, taken apart. */
function sealed (message: string, receiveId: string) {
  const body = create(receiveId).encryptMessage(message, { format: 'json', timestamp: 1409659813, nonce: '1372623149' })
  const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(body) as Record<string, string>
  return { body, encrypt: encrypt as string, query: { signature: msgsignature as string, timestamp: timestamp as string, nonce: nonce as string } }
}

describe('encryptMessage', () => {
  test('writes XML as the official libraries do, the timestamp without CDATA', () => {
    const body = create('ww1').encryptMessage('hi', { format: 'xml', timestamp: '1409659813', nonce: 'n' })
    expect(body).toMatch(/^<xml><Encrypt><!\[CDATA\[[A-Za-z0-9+/=]+]]><\/Encrypt><MsgSignature><!\[CDATA\[[0-9a-f]{40}]]><\/MsgSignature><TimeStamp>1409659813<\/TimeStamp><Nonce><!\[CDATA\[n]]><\/Nonce><\/xml>$/)
  })

  test('writes JSON with the keys of the official samples and the timestamp as text', () => {
    const body = JSON.parse(create('ww1').encryptMessage('hi', { format: 'json', timestamp: 1409659813, nonce: 'n' })) as object
    expect(Object.keys(body)).toEqual(['encrypt', 'msgsignature', 'timestamp', 'nonce'])
    expect(body).toMatchObject({ timestamp: '1409659813', nonce: 'n' })
  })

  test('takes now and a random nonce by default, and other random bytes each time', () => {
    const [a, b] = [1, 2].map(() => JSON.parse(create('ww1').encryptMessage('hi', { format: 'json' })) as Record<string, string>)
    expect(Math.abs(Number(a?.timestamp) - Date.now() / 1000)).toBeLessThan(5)
    expect(a?.nonce).toMatch(/^[0-9a-f]{16}$/)
    expect(a?.nonce).not.toBe(b?.nonce)
    expect(a?.encrypt).not.toBe(b?.encrypt)
  })

  test('a nonce cannot break out of its CDATA section', () => {
    const body = create('ww1').encryptMessage('hi', { format: 'xml', nonce: 'a]]><x/>' })
    expect(body).toContain('<Nonce><![CDATA[a]]]]><![CDATA[><x/>]]></Nonce>')
  })

  test('a message that is no text fails with -40006', () => {
    expect(() => create('ww1').encryptMessage(42 as unknown as string, { format: 'xml' })).toThrow(expect.objectContaining({ code: 'WECOM_ENCRYPT_FAILED', errcode: -40006 }))
  })

  test.each(['yaml', undefined])('the format %s fails with -40011', format => {
    expect(() => create('ww1').encryptMessage('hi', { format: format as 'xml' })).toThrow(expect.objectContaining({ code: 'WECOM_ENVELOPE_WRITE_FAILED', errcode: -40011 }))
  })

  test.each([{ timestamp: '1409659813<' }, { timestamp: NaN }, { nonce: '' }])('%j fails with -40003', options => {
    expect(() => create('ww1').encryptMessage('hi', { format: 'xml', ...options })).toThrow(expect.objectContaining({ code: 'WECOM_PARAMETER_INVALID', errcode: -40003 }))
  })
})

describe('decryptMessage and verifyUrl', () => {
  test.each(['lower', 'capital'] as const)('a JSON envelope in %s spelling is told, and the answer can be written in it', spelling => {
    const body = create('ww1').encryptMessage('hi', { format: 'json', spelling, timestamp: '1', nonce: 'n' })
    const fields = JSON.parse(body) as Record<string, string>
    expect(Object.keys(fields)).toEqual(spelling === 'lower' ? ['encrypt', 'msgsignature', 'timestamp', 'nonce'] : ['Encrypt', 'MsgSignature', 'TimeStamp', 'Nonce'])
    const signature = Object.values(fields)[1] as string
    expect(create('ww1').decryptMessage({ signature, timestamp: '1', nonce: 'n', body })).toMatchObject({ message: 'hi', format: 'json', spelling })
  })

  test('another spelling is none', () => {
    expect(() => create('ww1').encryptMessage('hi', { format: 'json', spelling: 'upper' as 'lower' })).toThrow(expect.objectContaining({ code: 'WECOM_ENVELOPE_WRITE_FAILED', errcode: -40011 }))
  })

  test('an empty signature is a wrong one, -40001', () => {
    const { body, encrypt, query } = sealed('hi', 'ww1')
    expect(() => create('ww1').decryptMessage({ ...query, signature: '', body })).toThrow(expect.objectContaining({ code: 'WECOM_SIGNATURE_MISMATCH', errcode: -40001 }))
    expect(() => create('ww1').verifyUrl({ ...query, signature: '', echostr: encrypt })).toThrow(expect.objectContaining({ errcode: -40001 }))
  })

  test('open what encryptMessage made, from text and from bytes', () => {
    const { body, encrypt, query } = sealed('你好', 'ww1')
    const opened = { message: '你好', receiveId: 'ww1', format: 'json', spelling: 'lower', toUserName: undefined, agentId: undefined }
    expect(create('ww1').decryptMessage({ ...query, body })).toEqual(opened)
    expect(create('ww1').decryptMessage({ ...query, body: new TextEncoder().encode(body) })).toEqual(opened)
    expect(create('ww1').verifyUrl({ ...query, echostr: encrypt })).toBe('你好')
  })

  test('a space in echostr was a plus', () => {
    // About every second ciphertext of this length has one: look for it.
    const { encrypt, query } = Array.from({ length: 50 }, () => sealed('x'.repeat(100), 'ww1')).find(candidate => candidate.encrypt.includes('+')) as ReturnType<typeof sealed>
    expect(create('ww1').verifyUrl({ ...query, echostr: encrypt.replaceAll('+', ' ') })).toBe('x'.repeat(100))
  })

  test('the envelope\'s ToUserName and AgentID are passed on in either spelling', () => {
    const { encrypt, query } = sealed('x', 'ww1')
    const found = { toUserName: 'corp', agentId: '1000002' }
    for (const body of [
      `<xml><ToUserName><![CDATA[corp]]></ToUserName><Encrypt>${encrypt}</Encrypt><AgentID>1000002</AgentID></xml>`,
      JSON.stringify({ tousername: 'corp', encrypt, agentid: 1000002 }),
      JSON.stringify({ ToUserName: 'corp', Encrypt: encrypt, AgentID: '1000002' })
    ]) expect(create('ww1').decryptMessage({ ...query, body })).toMatchObject(found)
  })

  test('a wrong signature fails with -40001 before anything is decrypted', () => {
    const { encrypt, query } = sealed('x', 'ww1')
    const wrong = { ...query, signature: '0'.repeat(40) }
    expect(() => create('ww1').verifyUrl({ ...wrong, echostr: encrypt })).toThrow(expect.objectContaining({ code: 'WECOM_SIGNATURE_MISMATCH', errcode: -40001 }))
  })

  test.each([
    ['signature', undefined], ['timestamp', 1409659813], ['nonce', ''], ['echostr', ['a', 'b']]
  ])('%s as %j cannot be signed: -40003', (name, value) => {
    const { encrypt, query } = sealed('x', 'ww1')
    const input = { ...query, echostr: encrypt, [name]: value } as Parameters<ReturnType<typeof create>['verifyUrl']>[0]
    expect(() => create('ww1').verifyUrl(input)).toThrow(expect.objectContaining({ code: 'WECOM_PARAMETER_INVALID', errcode: -40003 }))
  })
})

describe('receiveId', () => {
  test.each<[string, WecomCryptoOptions['receiveId'], string, boolean]>([
    ['the same', 'ww1', 'ww1', true],
    ['another', 'ww1', 'ww2', false],
    ['a prefix', 'ww12', 'ww1', false],
    ['empty configured and sent', '', '', true],
    ['empty configured, one sent', '', 'ww1', false],
    ['one configured, empty sent', 'ww1', '', false],
    ['numerically equal', '0', '0e1', false],
    ['in the list', ['ww1', ''], '', true],
    ['not in the list', ['ww1', 'ww2'], 'ww3', false],
    ['a predicate that says yes', id => id.startsWith('ww'), 'ww9', true],
    ['a predicate that says no', id => id.startsWith('ww'), 'wp9', false]
  ])('%s', (_name, policy, sent, accepted) => {
    const { body, query } = sealed('x', sent)
    const open = () => create(policy).decryptMessage({ ...query, body }).receiveId
    if (accepted) expect(open()).toBe(sent)
    else expect(open).toThrow(expect.objectContaining({ code: 'WECOM_RECEIVE_ID_MISMATCH', errcode: -40005 }))
  })

  test('the error names the id that was found', () => {
    const { body, query } = sealed('x', 'ww2')
    expect(() => create(['ww1', '']).decryptMessage({ ...query, body })).toThrow('expected receiveId "ww1" or "", got "ww2"')
  })

  test('an async predicate is refused: its promise would accept everything', () => {
    const { body, query } = sealed('x', 'ww2')
    const policy = (async () => false) as unknown as (id: string) => boolean
    expect(() => create(policy).decryptMessage({ ...query, body })).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID' }))
  })

  test('a predicate must answer with a boolean', () => {
    const { body, query } = sealed('x', 'ww2')
    expect(() => create(() => 'yes' as unknown as boolean).decryptMessage({ ...query, body })).toThrow('expected the receiveId predicate to return true or false, got "yes"')
  })

  test('where several are accepted a reply must be told which; one that is not accepted is refused', () => {
    const crypto = create(['ww1', 'ww2'])
    expect(() => crypto.encryptMessage('hi', { format: 'xml' })).toThrow(expect.objectContaining({ code: 'WECOM_RECEIVE_ID_MISMATCH', errcode: -40005 }))
    expect(() => crypto.encryptMessage('hi', { format: 'xml', receiveId: 'ww3' })).toThrow('got "ww3"')
    expect(() => crypto.encryptMessage('hi', { format: 'xml', receiveId: 1 as unknown as string })).toThrow(expect.objectContaining({ code: 'WECOM_PARAMETER_INVALID' }))
    const { msgsignature: signature, timestamp, nonce, ...rest } = JSON.parse(crypto.encryptMessage('hi', { format: 'json', receiveId: 'ww2' })) as Record<string, string>
    expect(crypto.decryptMessage({ signature: signature as string, timestamp: timestamp as string, nonce: nonce as string, body: JSON.stringify(rest) }).receiveId).toBe('ww2')
  })
})
