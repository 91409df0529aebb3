import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { WecomErrorCode } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf, WRONG_KEY } from '../support/refusal.js'
import { encryptBytes, encryptText, envelope, newSettings, signQuery, uint32 } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

// Who has the token, but not the key, may sign what he likes. All he gets is one and the same 400.
const settings = newSettings()
const good = encryptText(settings, xmlMessage(CONFIDENTIAL))

function layout (message: Buffer, length: number, receiveId = settings.receiveId, block = 32): string {
  return encryptBytes(settings.encodingAESKey, Buffer.concat([randomBytes(16), uint32(length), message, Buffer.from(receiveId)]), block)
}

/** Changes one bit of the plaintext block after `block`: what CBC lets anybody do. */
function flip (encrypted: string, block: number, byte: number, mask: number): string {
  const bytes = Buffer.from(encrypted, 'base64')
  const at = block * 16 + byte
  bytes[at] = (bytes[at] as number) ^ mask
  return bytes.toString('base64')
}

const text = Buffer.from(xmlMessage(CONFIDENTIAL))
/** Blanks that bring the padding to 16 to a length that padding to 32 never has. */
const blanks = Buffer.alloc((32 - (20 + text.length + settings.receiveId.length) % 32) % 32, ' ')
const blocks = Buffer.from(good, 'base64').length / 16
const FAULTS: { fault: string, encrypted: string, code: WecomErrorCode | readonly WecomErrorCode[] }[] = [
  { fault: 'base64', encrypted: `${good.slice(0, -4)}!!!!`, code: 'WECOM_BASE64_DECODE_FAILED' },
  { fault: 'a block cut off in the middle', encrypted: Buffer.from(good, 'base64').subarray(0, -5).toString('base64'), code: 'WECOM_DECRYPT_FAILED' },
  { fault: 'the last block cut off', encrypted: Buffer.from(good, 'base64').subarray(0, -32).toString('base64'), code: 'WECOM_DECRYPT_FAILED' },
  { fault: 'the last pad byte', encrypted: flip(good, blocks - 2, 15, 0x80), code: 'WECOM_DECRYPT_FAILED' },
  // C++ and Go refuse it, Java, PHP, Python and C# do not; WeCom pads to 32 (page 90968) and never sends it.
  { fault: 'padding to 16 instead of 32', encrypted: layout(Buffer.concat([text, blanks]), text.length + blanks.length, settings.receiveId, 16), code: 'WECOM_DECRYPT_FAILED' },
  { fault: 'another key', encrypted: encryptText(newSettings(), xmlMessage(CONFIDENTIAL)), code: WRONG_KEY },
  { fault: 'the length', encrypted: flip(good, 0, 0, 0xff), code: 'WECOM_PLAINTEXT_INVALID' },
  { fault: 'no room for a length', encrypted: encryptBytes(settings.encodingAESKey, randomBytes(12)), code: 'WECOM_PLAINTEXT_INVALID' },
  { fault: 'UTF-8', encrypted: layout(Buffer.concat([text, Buffer.from([0xff])]), text.length + 1), code: 'WECOM_PLAINTEXT_INVALID' },
  { fault: 'UTF-8 in the receiveId', encrypted: layout(Buffer.concat([text, Buffer.from([0xc3])]), text.length), code: 'WECOM_PLAINTEXT_INVALID' },
  { fault: 'the receiveId', encrypted: layout(text, text.length, 'ww-else'), code: 'WECOM_RECEIVE_ID_MISMATCH' },
  // The "receiveId" is then the message itself, or its end: it must not be logged as an id.
  { fault: 'a length of 0', encrypted: layout(text, 0), code: 'WECOM_RECEIVE_ID_MISMATCH' },
  { fault: 'a length turned to 0 by who has no key', encrypted: [...uint32(text.length)].reduce((encrypted, mask, byte) => flip(encrypted, 0, byte, mask), good), code: 'WECOM_RECEIVE_ID_MISMATCH' },
  { fault: 'a length that ends before the content', encrypted: layout(text, text.indexOf(CONFIDENTIAL)), code: 'WECOM_RECEIVE_ID_MISMATCH' },
  { fault: 'the message', encrypted: layout(Buffer.from(CONFIDENTIAL), Buffer.byteLength(CONFIDENTIAL)), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message of another root', encrypted: encryptText(settings, `<html>${CONFIDENTIAL}</html>`), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message that is no well-formed XML', encrypted: encryptText(settings, `<xml><Content>${CONFIDENTIAL}</xml>`), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message that is no well-formed JSON', encrypted: encryptText(settings, `{"Content":"${CONFIDENTIAL}`), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message without fields', encrypted: encryptText(settings, '<xml></xml>'), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message of blanks alone', encrypted: encryptText(settings, '<xml>\n</xml>'), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message of bare text', encrypted: encryptText(settings, `<xml>${CONFIDENTIAL}</xml>`), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'a message of a text in CDATA', encrypted: encryptText(settings, `<xml><![CDATA[${CONFIDENTIAL}]]></xml>`), code: 'WECOM_MESSAGE_INVALID' },
  { fault: 'an empty message', encrypted: encryptText(settings, ''), code: 'WECOM_MESSAGE_INVALID' }
]

describe.each(FAULTS)('well signed, with a fault in $fault', ({ encrypted, code }) => {
  test.each(['xml', 'json', 'Json'] as const)('is 400 with nothing in it, in an envelope of style %s; the log knows why', async style => {
    const server = await listenForTest({ credentials: settings })
    const request = { query: signQuery(settings, encrypted), body: envelope(encrypted, style, settings.receiveId) }
    await expectRefused(server, request, { status: 400, code, secrets: secretsOf(settings) })
  })
})

test('all these answers are the same, byte for byte', async () => {
  const server = await listenForTest({ credentials: settings })
  const answers = await Promise.all(FAULTS.map(async ({ encrypted }) => {
    const { headers: { date, ...headers }, ...answer } = await send(server.port, { query: signQuery(settings, encrypted), body: envelope(encrypted, 'xml', 'x') })
    return JSON.stringify({ headers, ...answer })
  }))
  expect(answers).toHaveLength(FAULTS.length)
  expect([...new Set(answers)]).toHaveLength(1)
})

test.each(FAULTS.filter(({ code }) => code !== 'WECOM_MESSAGE_INVALID'))('as echostr, a fault in $fault is 400 as well', async ({ encrypted, code }) => {
  const server = await listenForTest({ credentials: settings })
  await expectRefused(server, { query: { ...signQuery(settings, encrypted), echostr: encrypted } }, { status: 400, code, secrets: secretsOf(settings) })
})
