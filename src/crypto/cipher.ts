import { isAscii, isUtf8, transcode } from 'node:buffer'
import { wecomError, type ErrorText, type WecomErrorCode } from '../errors.js'
import { AES_BLOCK, aesKeyOf } from './aes.js'
import { decodeBase64 } from './base64.js'
import { putRandom, RANDOM_LENGTH } from './random.js'
import { scratch } from './scratch.js'

/**
 * WeCom pads to 32 bytes (page 90968), so pad values run to 32; the 16 of crypto libraries refuses half of its traffic.
 */
const PAD_BLOCK = 32
const HEADER_LENGTH = RANDOM_LENGTH + 4

/**
 * Base64 of AES-256-CBC over: 16 random bytes, the message's length as uint32 big-endian, the message, the receiveId.
 *
 * @param random the 16 bytes, for the official vectors' sake; left out, they are drawn
 * @throws WecomError WECOM_ENCRYPT_FAILED (-40006) where the text has half a surrogate pair, which UTF-8 cannot carry
 */
export function encrypt (key: Buffer, message: string, receiveId: string, random?: Uint8Array): string {
  if (!message.isWellFormed() || !receiveId.isWellFormed()) {
    throw wecomError('WECOM_ENCRYPT_FAILED', {
      expected: 'text that UTF-8 can encode',
      got: 'half a surrogate pair',
      fix: 'The text was probably cut in the middle of an emoji: cut it between code points, or use toWellFormed().'
    })
  }
  // UTF-8 takes three bytes at most for each unit of UTF-16.
  const buffer = scratch(HEADER_LENGTH + 3 * (message.length + receiveId.length) + PAD_BLOCK)
  const end = HEADER_LENGTH + buffer.write(message, HEADER_LENGTH)
  const length = end + buffer.write(receiveId, end)
  const padded = length + PAD_BLOCK - length % PAD_BLOCK
  if (random === undefined) putRandom(buffer)
  else buffer.set(random)
  buffer.writeUInt32BE(end - HEADER_LENGTH, RANDOM_LENGTH)
  buffer.fill(padded - length, length, padded)
  const content = buffer.subarray(0, padded)
  try {
    return aesKeyOf(key).encrypt(content).toString('base64')
  } finally {
    // No text stays where the next message is worked on.
    content.fill(0)
  }
}

/** What `decrypt` found. */
export interface Decrypted {
  message: string
  receiveId: string
  /** The message had parts of characters in it: each is U+FFFD now. */
  damaged?: true
}

/**
 * Opens what `encrypt` made, checking every length and every pad byte: official libraries differ in what they let pass.
 *
 * @param repair whether parts of characters become U+FFFD: WeCom has been seen to cut a text within one
 * @throws WecomError WECOM_BASE64_DECODE_FAILED (-40010), WECOM_DECRYPT_FAILED (-40007), WECOM_PLAINTEXT_INVALID
 * (-40008)
 */
export function decrypt (key: Buffer, encrypted: string, repair = false): Decrypted {
  const content = decipher(key, encrypted)
  const length = unpaddedLength(content)
  if (length < START + HEADER_LENGTH) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'at least 20 bytes after decryption', `${length - START}`)
  }
  const start = START + HEADER_LENGTH
  const end = start + content.readUInt32BE(START + RANDOM_LENGTH)
  if (end > length) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a message length within the decrypted bytes', 'a longer one')
  }
  const receiveId = utf8(content, end, length)
  if (receiveId === undefined) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a receiveId in UTF-8 after the message', 'other bytes', NOT_TEXT)
  }
  const message = utf8(content, start, end)
  if (message !== undefined) return { message, receiveId }
  if (!repair || content.subarray(start, end).some(isNoPart)) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a message in UTF-8', 'bytes that are not UTF-8', NOT_TEXT)
  }
  return { message: content.toString('utf8', start, end), receiveId, damaged: true }
}

/** A text; `undefined` for bytes that are none. */
function utf8 (bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.subarray(start, end)
  // What V8 makes of Latin-1 costs a copy; of UTF-8, a decoding.
  if (isAscii(text)) return text.toString('latin1')
  return isUtf8(text) ? decodeUtf8(text) : undefined
}

/** Of bytes that are UTF-8. By way of UTF-16, as Node's decoding of a Chinese text takes a tenth to a third of V8's. */
function decodeUtf8 (bytes: Buffer): string {
  return transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
}

/** Not even a part of a character. */
function isNoPart (byte: number): boolean {
  return byte === 0xc0 || byte === 0xc1 || byte > 0xf4
}

/** Where what was encrypted begins in what `decipher` gives: in front is the block that stood for the IV. */
const START = AES_BLOCK

function decipher (key: Buffer, encrypted: string): Buffer {
  const buffer = scratch(START + Math.ceil(encrypted.length / 4) * 3)
  const length = decodeBase64(encrypted, buffer, START)
  if (length === undefined) {
    throw fault(
      'WECOM_BASE64_DECODE_FAILED',
      'ciphertext in plain base64',
      'characters or a length that base64 does not have'
    )
  }
  if (length % PAD_BLOCK !== 0) {
    throw fault('WECOM_DECRYPT_FAILED', `ciphertext of whole blocks of ${PAD_BLOCK} bytes`, `${length} bytes`)
  }
  return aesKeyOf(key).decrypt(buffer.subarray(0, START + length))
}

/** Where the padding begins. */
function unpaddedLength (bytes: Buffer): number {
  const { length } = bytes
  const pad = bytes[length - 1] as number
  let right = pad >= 1 && pad <= PAD_BLOCK
  for (let i = length - pad; right && i < length; i++) right = bytes[i] === pad
  if (right) return length - pad
  throw fault('WECOM_DECRYPT_FAILED', `PKCS#7 padding of 1 to ${PAD_BLOCK} bytes after decryption`, 'other bytes')
}

const COMPARE_KEY = 'The signature was right, so Token is: compare EncodingAESKey with the WeCom console. ' +
  'Saving that page with a new key changes it at once; list the old and the new key while both are in use.'
const NOT_TEXT =
  'Signature, padding and length fit, so the settings are right: what encrypted this used another encoding than ' +
  'UTF-8 (GBK?), or cut the text in the middle of a character.'

function fault (code: WecomErrorCode, expected: string, got: string, fix = COMPARE_KEY): Error {
  const text: ErrorText = { expected, got, fix }
  return wecomError(code, text)
}
