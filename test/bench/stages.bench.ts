import { randomBytes } from 'node:crypto'
import { bench, describe } from 'vitest'
import { decrypt, encrypt, computeSignature, signaturesEqual } from '../../src/crypto/scheme.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { runKey } from '../../src/core/context.js'
import { readEnvelope } from '../../src/envelope/envelope.js'
import { parseMessage } from '../../src/message/parse.js'
import type { WecomCallback } from '../../src/receiver/types.js'
import { composeReply } from '../../src/reply/compose.js'
import { text } from '../../src/reply/text.js'
import { signMessage } from '../support/requests.js'
import { AROUND_TEXT, plaintext, SETTINGS, typed, type Format } from './messages.js'

// npm run bench:stages: what the stages of a request cost alone in a loop, which is about a third of what they cost in a
// busy server. `npm run bench` is what decides.

const key = decodeEncodingAESKey(SETTINGS.encodingAESKey)

describe.each<Format>(['xml', 'json'])('%s', format => {
  const message = plaintext(format, typed(1_024 - AROUND_TEXT))
  const { query, body } = signMessage(SETTINGS, message, format)
  const bytes = Buffer.from(body)
  const { encrypt: encrypted } = readEnvelope(body)
  const random = randomBytes(16)
  const parsed = parseMessage(message)
  const identity = { credential: 'one', signature: query.msg_signature }
  const callback = {
    message: parsed.message, kind: parsed.kind.key, format, plaintext: message, receiveId: SETTINGS.receiveId, params: {}
  } as unknown as WecomCallback
  const reply = text('收到')

  bench('envelope', () => { readEnvelope(bytes) })
  bench('signature', () => {
    signaturesEqual(computeSignature(SETTINGS.token, query.timestamp, query.nonce, encrypted), query.msg_signature)
  })
  bench('decrypt', () => { decrypt(key, encrypted) })
  bench('parse', () => { parseMessage(message) })
  bench('run key', () => { runKey('/cb', identity.credential, callback) })
  bench('build reply', () => { composeReply(reply, parsed) })
  bench('encrypt', () => { encrypt(key, message, SETTINGS.receiveId, random) })
})
