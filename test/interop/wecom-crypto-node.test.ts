import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import { describe, expect, test } from 'vitest'
import { createWecomCrypto } from '../../src/wecom-crypto/index.js'
import { send } from '../support/http.js'
import { answerFields, envelope, newSettings, nowSeconds, type Settings, type Style } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { botMessage, jsonMessage, randomTexts, xmlMessage } from '../support/texts.js'

const NONCE = '1372623149'
const LONG = '企业微信😀'.repeat(6_400)

/** Together with the 16 random bytes, the length and any receiveId: every length of the padding. */
const EVERY_LENGTH = Array.from({ length: 64 }, (_, length) => 'x'.repeat(length))
const TEXTS = [...EVERY_LENGTH, ...randomTexts(200, 1), LONG]

describe.each([['a corpid', 'ww1234567890abcdef'], ["receiveId ''", '']])('@wecom/crypto at fastify-wecom/crypto, with %s', (_, receiveId) => {
  const settings = newSettings(receiveId)
  const { token, encodingAESKey } = settings
  const crypto = createWecomCrypto(settings)

  test('the texts cover every length of the padding and 100 KB', () => {
    const pads = TEXTS.map(text => 32 - (20 + Buffer.byteLength(text) + receiveId.length) % 32)
    expect(new Set(pads).size).toBe(32)
    expect(Buffer.byteLength(LONG)).toBeGreaterThan(100_000)
  })

  test.each(['xml', 'json'] as const)('it opens what encryptMessage sealed as %s', format => {
    for (const text of TEXTS) {
      const [encrypted, signature, timestamp, nonce] = answerFields(crypto.encryptMessage(text, { format, nonce: NONCE }), format)
      expect(signature).toBe(getSignature(token, timestamp, nonce, encrypted))
      const { message, id, random } = decrypt(encodingAESKey, encrypted)
      expect({ message, id, random: random.length }).toEqual({ message: text, id: receiveId, random: 16 })
    }
  })

  test.each(['xml', 'json', 'Json'] as const)('decryptMessage opens what it encrypted in an envelope of style %s', style => {
    for (const text of TEXTS) {
      const { query, body } = sealByNode(settings, text, style)
      const { message, receiveId: id } = crypto.decryptMessage({ signature: query.msg_signature, timestamp: query.timestamp, nonce: query.nonce, body })
      expect({ message, id }).toEqual({ message: text, id: receiveId })
    }
  })

  test('verifyUrl opens what it encrypted', () => {
    for (const text of TEXTS) {
      const { query, encrypted } = sealByNode(settings, text, 'xml')
      expect(crypto.verifyUrl({ signature: query.msg_signature, timestamp: query.timestamp, nonce: query.nonce, echostr: encrypted })).toBe(text)
    }
  })
})

const SCENES: { scene: string, receiveId: string, style: Style, write: (content: string) => string }[] = [
  { scene: 'an app, XML', receiveId: 'ww1234567890abcdef', style: 'xml', write: xmlMessage },
  { scene: 'an app, JSON with encrypt', receiveId: 'ww1234567890abcdef', style: 'json', write: jsonMessage },
  { scene: 'an app, JSON with Encrypt', receiveId: 'ww1234567890abcdef', style: 'Json', write: jsonMessage },
  { scene: 'an app, XML in a JSON envelope', receiveId: 'ww1234567890abcdef', style: 'json', write: xmlMessage },
  { scene: "a third-party app of a private person, receiveId ''", receiveId: '', style: 'xml', write: xmlMessage },
  { scene: "a bot, receiveId ''", receiveId: '', style: 'json', write: botMessage }
]

describe.each(SCENES)('@wecom/crypto as WeCom before the plugin: $scene', ({ receiveId, style, write }) => {
  test('the handler sees what it encrypted, and it opens what the handler replied', async () => {
    const settings = newSettings(receiveId)
    // What the handler returns as XML or JSON text goes out as it is.
    const server = await listenForTest({ credentials: settings, reply: ({ plaintext }) => plaintext as '<' | '{' })
    for (const content of [...EVERY_LENGTH.slice(0, 32), ...randomTexts(40, 2), LONG]) {
      const message = write(content)
      const { query, body } = sealByNode(settings, message, style)
      const answer = await send(server.port, { query, body })
      expect(server.seen.at(-1)?.plaintext).toBe(message)

      const [encrypted, signature, timestamp, nonce] = answerFields(answer.body, style)
      expect(nonce).toBe(query.nonce)
      expect(signature).toBe(getSignature(settings.token, timestamp, nonce, encrypted))
      const opened = decrypt(settings.encodingAESKey, encrypted)
      expect({ message: opened.message, id: opened.id }).toEqual({ message, id: receiveId })
    }
  })

  test('the echo it encrypted comes back bare', async () => {
    const settings = newSettings(receiveId)
    const server = await listenForTest({ credentials: settings })
    for (const text of ['1616140317555161061', '企业微信😀', ...EVERY_LENGTH.slice(1, 33)]) {
      const { query, encrypted } = sealByNode(settings, text, style)
      const { status, body } = await send(server.port, { query: { ...query, echostr: encrypted } })
      expect({ status, body }).toEqual({ status: 200, body: text })
    }
  })
})

function sealByNode ({ token, encodingAESKey, receiveId }: Settings, text: string, style: Style) {
  const timestamp = nowSeconds()
  const encrypted = encrypt(encodingAESKey, text, receiveId)
  const query = { msg_signature: getSignature(token, timestamp, NONCE, encrypted), timestamp, nonce: NONCE }
  return { query, encrypted, body: envelope(encrypted, style, receiveId) }
}
