import { expect, test } from 'vitest'
import { createWecomCrypto, type WecomCryptoOptions } from '../../src/wecom-crypto/index.js'
import { decrypt, encrypt } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { createResolver } from '../../src/credentials/resolve.js'
import { checkReceiveId, matchSignature } from '../../src/credentials/open.js'
import type { Credential, CredentialsFunction } from '../../src/credentials/types.js'
import { readEnvelope, seal } from '../../src/envelope/envelope.js'
import { encryptRaw, uint32 } from '../support/wecom-aes.js'

// What a developer reads is part of what these functions do.

const KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
const key = decodeEncodingAESKey(KEY)
const query = { signature: 's', timestamp: '1', nonce: 'n' }
const hint = { phase: 'receive', params: { tenant: 'a' }, query: {} } as const

const PASS_QUERY = 'Pass the value from the request, URL-decoded once.'
const CHECK_KEY = 'The signature was right, so Token is: compare EncodingAESKey with the WeCom console. Saving that page with a new key changes it at once; list the old and the new key while both are in use.'
const CHECK_ID = 'If that id is yours, set receiveId to it, or to a list: the id depends on the scene (corpid, suite id, or "" for bots) and may differ between GET and POST.'
const CHECK_TOKEN = 'Compare Token with the WeCom console (blanks?), and check that the query and body reach this server unchanged. Requests that are not from WeCom get this error too.'
const CHECK_FUNCTION = 'WeCom got 503 and will try again. Check what the function asks (a database?), cache what it finds, or raise resolveTimeout.'
const ENVELOPE = 'expected an envelope with one Encrypt in it, XML <xml><Encrypt>…</Encrypt></xml> or JSON {"encrypt":"…"}, got '
const CHECK_ENVELOPE = '. If WeCom sent this, something in front of this server changed the body; if it was you, encrypt the message first.'

const create = (receiveId: WecomCryptoOptions['receiveId'] = 'ww1') => createWecomCrypto({ token: 'QDG6eK', encodingAESKey: KEY, receiveId })
const any = <T>(value: unknown): T => value as T

/** Sealed as WeCom would, with whatever bytes. */
function raw (...parts: Buffer[]): string {
  return encryptRaw(KEY, Buffer.concat(parts))
}

const padding = (length: number): Buffer => Buffer.alloc(length, length)

test.each<[string, () => unknown, string]>([
  ['a text that UTF-8 cannot carry', () => encrypt(key, '\ud83d', '', padding(16)), 'expected text that UTF-8 can encode, got half a surrogate pair. The text was probably cut in the middle of an emoji: cut it between code points, or use toWellFormed().'],
  ['too few bytes', () => decrypt(key, raw(Buffer.alloc(16), padding(16))), `expected at least 20 bytes after decryption, got 16. ${CHECK_KEY}`],
  ['a length beyond them', () => decrypt(key, raw(Buffer.alloc(16), uint32(99), padding(12))), `expected a message length within the decrypted bytes, got a longer one. ${CHECK_KEY}`],
  ['bytes that are no text', () => decrypt(key, raw(Buffer.alloc(16), uint32(1), Buffer.from([0xff]), padding(11))), 'expected a message in UTF-8, got bytes that are not UTF-8. Signature, padding and length fit, so the settings are right: what encrypted this used another encoding than UTF-8 (GBK?), or cut the text in the middle of a character.'],
  ['no base64', () => decrypt(key, '?'), `expected ciphertext in plain base64, got characters or a length that base64 does not have. ${CHECK_KEY}`],
  ['half a block', () => decrypt(key, Buffer.alloc(16).toString('base64')), `expected ciphertext of whole blocks of 32 bytes, got 16 bytes. ${CHECK_KEY}`],
  ['no padding', () => decrypt(key, raw(Buffer.alloc(31), Buffer.from([99]))), `expected PKCS#7 padding of 1 to 32 bytes after decryption, got other bytes. ${CHECK_KEY}`],
  ['nothing but zeros', () => decrypt(key, raw(Buffer.alloc(32))), `expected PKCS#7 padding of 1 to 32 bytes after decryption, got other bytes. ${CHECK_KEY}`],
  ['a short key', () => decodeEncodingAESKey('short'), 'expected encodingAESKey to be the 43 characters [A-Za-z0-9+/] that the WeCom console shows, got 5 characters. Copy EncodingAESKey again from the page where the callback URL is set; it has no blanks and no "=" at its end.'],
  ['a list with the key in it', () => decodeEncodingAESKey([KEY]), 'expected encodingAESKey to be the 43 characters [A-Za-z0-9+/] that the WeCom console shows, got a value of type object. Copy EncodingAESKey again from the page where the callback URL is set; it has no blanks and no "=" at its end.'],

  ['no echostr', () => create().verifyUrl({ ...query, echostr: any(undefined) }), `expected echostr to be a text, got undefined. ${PASS_QUERY}`],
  ['an empty echostr', () => create().verifyUrl({ ...query, echostr: '' }), `expected echostr to be a text, got an empty one. ${PASS_QUERY}`],
  ['no signature', () => create().verifyUrl({ ...query, echostr: 'x', signature: any(1) }), `expected signature to be a text, got number. ${PASS_QUERY}`],
  ['an empty timestamp', () => create().verifyUrl({ ...query, echostr: 'x', timestamp: '' }), `expected timestamp to be a text, got an empty one. ${PASS_QUERY}`],
  ['no nonce', () => create().verifyUrl({ ...query, echostr: 'x', nonce: any(null) }), `expected nonce to be a text, got null. ${PASS_QUERY}`],
  ['another signature', () => create().verifyUrl({ ...query, echostr: 'x' }), `expected a signature made with the configured token, got another one. ${CHECK_TOKEN}`],
  ['another signature, of several tokens', () => matchSignature(any<Credential[]>([{ token: 'a' }, { token: 'b' }]), { ...query, encrypt: 'x' }), `expected a signature made with one of the 2 configured tokens, got another one. ${CHECK_TOKEN}`],
  ['a message that is no text', () => create().encryptMessage(any(42), { format: 'xml' }), 'expected message to be a text, got number. Write the reply as XML or JSON text first.'],
  ['an empty nonce of a reply', () => create().encryptMessage('x', { format: 'xml', nonce: '' }), `expected nonce to be a text, got an empty one. ${PASS_QUERY}`],
  ['a time that is no number', () => create().encryptMessage('x', { format: 'xml', timestamp: 'x1' }), 'expected timestamp to be Unix seconds, got "x1". Pass Math.floor(Date.now() / 1000), or leave it out.'],
  ['a format that there is not', () => create().encryptMessage('x', { format: any('yaml') }), 'expected format to be \'xml\' or \'json\', got "yaml". Pass the format that decryptMessage returned for the request.'],
  ['no format', () => seal({ token: '', key, message: '', receiveId: '', timestamp: '', nonce: '' }, { format: any(undefined), spelling: 'lower' }), 'expected format to be \'xml\' or \'json\', got nothing. Pass the format that decryptMessage returned for the request.'],
  ['a reply without a receiveId', () => create(['a', 'b']).encryptMessage('x', { format: 'xml' }), 'expected encryptMessage to be told the receiveId, as several are accepted, got none. Pass the receiveId that decryptMessage returned for the request.'],
  ['a reply to a receiveId that is no text', () => create(['a', 'b']).encryptMessage('x', { format: 'xml', receiveId: any(1) }), `expected receiveId to be a text, got number. ${PASS_QUERY}`],
  ['a reply to another receiveId', () => create(['a', 'b']).encryptMessage('x', { format: 'xml', receiveId: 'c' }), `expected receiveId "a" or "b", got "c". ${CHECK_ID}`],
  ['a predicate that is async', () => create(any(async () => true)).encryptMessage('x', { format: 'xml', receiveId: 'c' }), 'expected the receiveId predicate to return true or false, got a promise. These calls are synchronous; fastify-wecom/receiver takes an async predicate.'],
  ['a predicate that says yes', () => create(any(() => 'yes')).encryptMessage('x', { format: 'xml', receiveId: 'c' }), 'expected the receiveId predicate to return true or false, got "yes". These calls are synchronous; fastify-wecom/receiver takes an async predicate.'],
  ['a receiveId that is no id, before the words', () => create(['a']).encryptMessage('x', { format: 'xml', receiveId: 'some words' }), `expected receiveId "a", got something that is not an id. ${CHECK_ID}`],
  ['a receiveId that is no id, after the word', () => create(['a']).encryptMessage('x', { format: 'xml', receiveId: '<xml>' }), `expected receiveId "a", got something that is not an id. ${CHECK_ID}`],
  ['a receiveId with a word and a line break', () => create(['a']).encryptMessage('x', { format: 'xml', receiveId: 'word\n' }), `expected receiveId "a", got something that is not an id. ${CHECK_ID}`],
  ['a receiveId that is too long for an id', () => create(['a']).encryptMessage('x', { format: 'xml', receiveId: 'x'.repeat(65) }), `expected receiveId "a", got something that is not an id. ${CHECK_ID}`],

  ['an envelope without Encrypt', () => readEnvelope('{}'), `${ENVELOPE}no Encrypt${CHECK_ENVELOPE}`],
  ['a message in clear', () => readEnvelope('<xml><ToUserName>a</ToUserName><MsgType>text</MsgType></xml>'), `${ENVELOPE}a message that is not encrypted${CHECK_ENVELOPE}`],
  ['fields that only look like a message', () => readEnvelope('<xml><MyMsgType>text</MyMsgType><EventKey>x</EventKey></xml>'), `${ENVELOPE}no Encrypt${CHECK_ENVELOPE}`]
])('%s is told with what was expected, what came and what to change', (_name, work, message) => {
  expect(work).toThrow(expect.objectContaining({ message }))
})

test.each<[string, () => Promise<unknown>, string]>([
  ['a function that fails', async () => await createResolver(() => { throw new Error('no database') }, 100)(hint), `expected the credentials function to return in time, and something usable, got the error: no database. ${CHECK_FUNCTION}`],
  ['a function that returns no credentials', async () => await createResolver(any<CredentialsFunction>(() => 'token'), 100)(hint), `expected the credentials function to return in time, and something usable, got the error: expected credentials to be { token, encodingAESKey, receiveId }, got a value of type string. The WeCom console shows all three on the page where you set the callback URL. ${CHECK_FUNCTION}`],
  ['a function that knows nobody', async () => await createResolver(() => undefined, 100)(hint), 'expected the credentials function to know this tenant, got nothing for phase "receive", tenant "a". If this tenant should be known, store its token and key first. Strangers who probe the URL get this too.'],
  ['a predicate that fails', async () => { await checkReceiveId(() => { throw new Error('boom') }, 'x', hint, 100) }, `expected the receiveId function to return in time, and something usable, got the error: boom. ${CHECK_FUNCTION}`],
  ['a predicate that says no', async () => { await checkReceiveId(() => false, 'x', hint, 100) }, `expected a receiveId that the predicate accepts, got "x". ${CHECK_ID}`]
])('%s is told so as well', async (_name, work, message) => {
  await expect(work).rejects.toMatchObject({ message })
})

test('an id as WeCom has them is named: letters, digits and what addresses have, up to 64', () => {
  for (const receiveId of ['', 'ww1_a.b-c@d', 'x'.repeat(64)]) {
    expect(() => create(['a']).encryptMessage('x', { format: 'xml', receiveId })).toThrow(`got "${receiveId}"`)
  }
})
