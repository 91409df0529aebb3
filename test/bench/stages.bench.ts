import { randomBytes } from 'node:crypto'
import { bench, describe } from 'vitest'
import { decrypt, encrypt } from '../../src/crypto/cipher.js'
import { decodeEncodingAESKey } from '../../src/crypto/encoding-aes-key.js'
import { computeSignature, signaturesEqual } from '../../src/crypto/signature.js'
import { readEnvelope } from '../../src/envelope/read.js'
import { parseMessage } from '../../src/message/parse.js'
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

  bench('envelope', () => { readEnvelope(bytes) })
  bench('signature', () => {
    signaturesEqual(computeSignature(SETTINGS.token, query.timestamp, query.nonce, encrypted), query.msg_signature)
  })
  bench('decrypt', () => { decrypt(key, encrypted) })
  bench('parse', () => { parseMessage(message) })
  bench('encrypt', () => { encrypt(key, message, SETTINGS.receiveId, random) })
})
