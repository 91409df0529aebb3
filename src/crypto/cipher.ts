import { isUtf8 } from 'node:buffer'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { wecomError, type ErrorText, type WecomErrorCode } from '../errors.js'

const ALGORITHM = 'aes-256-cbc'
/**
 * WeCom pads to 32 bytes (page 90968), so pad values run to 32; the 16 of crypto libraries refuses half of its traffic.
 */
const PAD_BLOCK = 32
const RANDOM_LENGTH = 16
const HEADER_LENGTH = RANDOM_LENGTH + 4

/**
 * Base64 of AES-256-CBC over: 16 random bytes, the message's length as uint32 big-endian, the message, the receiveId.
 *
 * @throws WecomError WECOM_ENCRYPT_FAILED (-40006) where the text has half a surrogate pair, which UTF-8 cannot carry
 */
export function encrypt (key: Buffer, message: string, receiveId: string, random: Uint8Array): string {
  if (!message.isWellFormed() || !receiveId.isWellFormed()) {
    throw wecomError('WECOM_ENCRYPT_FAILED', {
      expected: 'text that UTF-8 can carry',
      got: 'half a surrogate pair',
      fix: 'The text was probably cut in the middle of an emoji: cut it between code points, or use toWellFormed().'
    })
  }
  const text = Buffer.from(message)
  const header = Buffer.alloc(HEADER_LENGTH)
  header.set(random)
  header.writeUInt32BE(text.length, RANDOM_LENGTH)
  const content = Buffer.concat([header, text, Buffer.from(receiveId)])
  const pad = PAD_BLOCK - content.length % PAD_BLOCK
  const cipher = createCipheriv(ALGORITHM, key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(content), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]).toString(
    'base64'
  )
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
  const content = unpad(decipher(key, decodeBase64(encrypted)))
  if (content.length < HEADER_LENGTH) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'at least 20 bytes after decryption', `${content.length}`)
  }
  const end = HEADER_LENGTH + content.readUInt32BE(RANDOM_LENGTH)
  if (end > content.length) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a message length within the decrypted bytes', 'one beyond them')
  }
  const message = content.subarray(HEADER_LENGTH, end)
  const receiveId = content.subarray(end)
  if (!isUtf8(receiveId)) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a receiveId in UTF-8 behind the message', 'other bytes', NOT_TEXT)
  }
  if (isUtf8(message)) return { message: message.toString(), receiveId: receiveId.toString() }
  if (!repair || message.some(isNoPart)) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'a message in UTF-8', 'bytes that no text of UTF-8 has', NOT_TEXT)
  }
  return { message: message.toString(), receiveId: receiveId.toString(), damaged: true }
}

/** Not even a part of a character. */
function isNoPart (byte: number): boolean {
  return byte === 0xc0 || byte === 0xc1 || byte > 0xf4
}

function decodeBase64 (text: string): Buffer {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  throw fault(
    'WECOM_BASE64_DECODE_FAILED',
    'ciphertext in plain base64',
    'characters or a length that base64 does not have'
  )
}

function decipher (key: Buffer, bytes: Buffer): Buffer {
  if (bytes.length % PAD_BLOCK !== 0) {
    throw fault('WECOM_DECRYPT_FAILED', `ciphertext of whole blocks of ${PAD_BLOCK} bytes`, `${bytes.length} bytes`)
  }
  const decipher = createDecipheriv(ALGORITHM, key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}

function unpad (bytes: Buffer): Buffer {
  const pad = bytes[bytes.length - 1] as number
  if (pad < 1 || pad > PAD_BLOCK || bytes.subarray(-pad).some(byte => byte !== pad)) {
    throw fault('WECOM_DECRYPT_FAILED', `PKCS#7 padding of 1 to ${PAD_BLOCK} bytes after decryption`, 'other bytes')
  }
  return bytes.subarray(0, -pad)
}

const COMPARE_KEY = 'The signature was right, so Token is: compare EncodingAESKey with the WeCom console. ' +
  'Saving that page with a new key changes it at once; list the old and the new key while both are in use.'
const NOT_TEXT =
  'Signature, padding and length fit, so the settings are right: who encrypted this wrote another encoding than ' +
  'UTF-8 (GBK?), or cut the text between bytes.'

function fault (code: WecomErrorCode, expected: string, got: string, fix = COMPARE_KEY): Error {
  const text: ErrorText = { expected, got, fix }
  return wecomError(code, text)
}
