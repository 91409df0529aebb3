import { describe, expect, test } from 'vitest'
import { createWecomCrypto } from '../../src/wecom-crypto/index.js'
import { text } from '../../src/index.js'
import { send } from '../support/http.js'
import { newSettings, openReply, signMessage, type Style } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { botMessage, jsonMessage, randomTexts, xmlMessage } from '../support/texts.js'

describe.each(['xml', 'json'] as const)('encryptMessage as %s', format => {
  test.each(['ww1234567890abcdef', '', 'wx5823bf96d3bd56c7中'])("opens in a decoder that is not ours, receiveId '%s'", receiveId => {
    const settings = newSettings(receiveId)
    const crypto = createWecomCrypto(settings)
    for (const message of ['', ...randomTexts(200, 3), 'x'.repeat(100_000)]) {
      const sealed = crypto.encryptMessage(message, { format, timestamp: 1409659813, nonce: '1372623149' })
      expect(openReply(settings, sealed, format)).toEqual({ plaintext: message, receiveId, timestamp: '1409659813', nonce: '1372623149' })
    }
  })

  test('is stamped with the present second and a nonce of its own', () => {
    const settings = newSettings()
    const crypto = createWecomCrypto(settings)
    const before = Math.floor(Date.now() / 1000)
    const replies = Array.from({ length: 20 }, () => openReply(settings, crypto.encryptMessage('hi', { format }), format))
    const after = Math.floor(Date.now() / 1000)
    for (const { timestamp } of replies) {
      expect(Number(timestamp)).toBeGreaterThanOrEqual(before)
      expect(Number(timestamp)).toBeLessThanOrEqual(after)
    }
    expect(new Set(replies.map(({ nonce }) => nonce)).size).toBe(20)
  })

  test('never makes the same ciphertext twice', () => {
    const crypto = createWecomCrypto(newSettings())
    const sealed = Array.from({ length: 50 }, () => crypto.encryptMessage('hi', { format, timestamp: 1, nonce: '1' }))
    expect(new Set(sealed).size).toBe(50)
  })
})

const ROOMS: { style: Style, receiveId: string, message: string, expected: Record<string, unknown> | RegExp }[] = [
  {
    style: 'xml',
    receiveId: 'ww1234567890abcdef',
    message: xmlMessage('hi'),
    expected: /^<xml><ToUserName><!\[CDATA\[zhangsan\]\]><\/ToUserName><FromUserName><!\[CDATA\[ww1234567890abcdef\]\]><\/FromUserName><CreateTime>\d{10}<\/CreateTime><MsgType><!\[CDATA\[text\]\]><\/MsgType><Content><!\[CDATA\[你好 \]\]\]\]><!\[CDATA\[>\]\]><\/Content><\/xml>$/
  },
  {
    style: 'Json',
    receiveId: 'ww1234567890abcdef',
    message: jsonMessage('hi'),
    expected: { ToUserName: 'zhangsan', FromUserName: 'ww1234567890abcdef', CreateTime: expect.any(Number), MsgType: 'text', Content: '你好 ]]>' }
  },
  {
    style: 'json',
    receiveId: '',
    message: botMessage('hi'),
    expected: { msgtype: 'stream', stream: { id: expect.any(String), finish: true, content: '你好 ]]>' } }
  }
]

test.each(ROOMS)("text() comes back in the spelling the request had ($style), with its nonce and receiveId '$receiveId'", async ({ style, receiveId, message, expected }) => {
  const settings = newSettings(receiveId)
  const server = await listenForTest({ credentials: settings, reply: text('你好 ]]>') })
  const { query, body } = signMessage(settings, message, style)
  const answer = await send(server.port, { query, body })
  expect(answer.status).toBe(200)
  const reply = openReply(settings, answer.body, style)
  expect({ receiveId: reply.receiveId, nonce: reply.nonce }).toEqual({ receiveId, nonce: query.nonce })
  if (expected instanceof RegExp) expect(reply.plaintext).toMatch(expected)
  else expect(JSON.parse(reply.plaintext)).toEqual(expected)
})
