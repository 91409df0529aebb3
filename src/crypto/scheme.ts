import { isAscii, isUtf8, transcode } from 'node:buffer'
import { createCipheriv, createDecipheriv, createSecretKey, hash, randomFillSync, type KeyObject } from 'node:crypto'
import { wecomError, type ErrorText, type WecomErrorCode } from '../errors.js'

/*
 * How callbacks are signed and encrypted (page 90968): SHA-1 over four values, AES-256-CBC over the message.
 */

/** Hex SHA-1 over the sorted, joined four values (page 90968, "消息体签名校验"). */
export function computeSignature (token: string, timestamp: string, nonce: string, ciphertext: string): string {
  // Sorted in five comparisons, without a list.
  let [a, b, c, d] = [token, timestamp, nonce, ciphertext]
  if (a > b) [a, b] = [b, a]
  if (c > d) [c, d] = [d, c]
  if (a > c) [a, c] = [c, a]
  if (b > d) [b, d] = [d, b]
  if (b > c) [b, c] = [c, b]
  // UTF-8 takes three bytes at most for each unit of UTF-16.
  if (3 * (a.length + b.length + c.length + d.length) > WORKING_LENGTH) return hash('sha1', a + b + c + d)
  // As bytes: joining texts would make one more of their whole length.
  let length = working.write(a)
  length += working.write(b, length)
  length += working.write(c, length)
  length += working.write(d, length)
  return hash('sha1', working.subarray(0, length))
}

/**
 * Exact, as WeCom writes lower-case hex: nothing is folded or trimmed. Every character is looked at, wherever the first
 * difference is, so the time tells nothing but the length, which everybody knows.
 */
export function signaturesEqual (computed: string, received: string): boolean {
  if (computed.length !== received.length) return false
  let difference = 0
  for (let i = 0; i < computed.length; i++) difference |= computed.charCodeAt(i) ^ received.charCodeAt(i)
  return difference === 0
}

/** What the random block in front of a message takes. */
const RANDOM_LENGTH = 16
const HEADER_LENGTH = RANDOM_LENGTH + 4
/**
 * WeCom pads to 32 bytes (page 90968), so pad values run to 32; the 16 of crypto libraries refuses half of its traffic.
 */
const PAD_BLOCK = 32
const AES_BLOCK = 16
/** In front of the plaintext that `decipher` gives: the block that stood for the IV (see `AesKey`). */
const IV_LENGTH = AES_BLOCK

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
  if (length < IV_LENGTH + HEADER_LENGTH) {
    throw fault('WECOM_PLAINTEXT_INVALID', 'at least 20 bytes after decryption', `${length - IV_LENGTH}`)
  }
  const start = IV_LENGTH + HEADER_LENGTH
  const end = start + content.readUInt32BE(IV_LENGTH + RANDOM_LENGTH)
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

function decipher (key: Buffer, encrypted: string): Buffer {
  const buffer = scratch(IV_LENGTH + Math.ceil(encrypted.length / 4) * 3)
  const length = decodeBase64(encrypted, buffer, IV_LENGTH)
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
  return aesKeyOf(key).decrypt(buffer.subarray(0, IV_LENGTH + length))
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

// The ciphers that are kept.

const ALGORITHM = 'aes-256-cbc'

/** A cipher or decipher of node:crypto, as far as it is needed here. */
interface Transform {
  update (bytes: Uint8Array): Buffer
}

/**
 * AES-256-CBC under one key, with WeCom's IV: the first half of the key (page 90968).
 *
 * It keeps one decipher and one cipher instead of making one for each message. All that CBC remembers between messages
 * is the last block of ciphertext, which it takes for the IV of the next. So the decipher is given the IV as a block of
 * its own in front, whose plaintext is dropped; and what the cipher will add to the first block is taken out before.
 * Without padding, `update` gives every whole block at once, so nothing of a message stays behind.
 */
class AesKey {
  readonly #key: KeyObject
  readonly #iv: Uint8Array
  #decipher: Transform | undefined
  #cipher: Transform | undefined
  /** The last block that the cipher has given. */
  readonly #last = new Uint8Array(AES_BLOCK)

  constructor (bytes: Buffer) {
    this.#key = createSecretKey(bytes)
    this.#iv = Uint8Array.prototype.slice.call(bytes, 0, AES_BLOCK)
  }

  /**
   * Decrypts whole blocks. The first block of `bytes` is room for the IV and is overwritten; so is, in the result, a
   * block in front of the plaintext that means nothing.
   */
  decrypt (bytes: Uint8Array): Buffer {
    const decipher =
      this.#decipher ?? createDecipheriv(ALGORITHM, this.#key, this.#iv).setAutoPadding(false)
    bytes.set(this.#iv)
    // Out of its place while it works: one that has failed is in a state that nobody knows, and must not come back.
    this.#decipher = undefined
    const plain = wholeBlocks(decipher.update(bytes), bytes)
    this.#decipher = decipher
    return plain
  }

  /** Encrypts whole blocks; changes the first of `bytes`. */
  encrypt (bytes: Uint8Array): Buffer {
    let cipher = this.#cipher
    if (cipher === undefined) {
      cipher = createCipheriv(ALGORITHM, this.#key, this.#iv).setAutoPadding(false)
    } else {
      for (let i = 0; i < AES_BLOCK; i++) {
        bytes[i] = (bytes[i] as number) ^ (this.#last[i] as number) ^ (this.#iv[i] as number)
      }
    }
    this.#cipher = undefined
    const sealed = wholeBlocks(cipher.update(bytes), bytes)
    for (let i = 0; i < AES_BLOCK; i++) this.#last[i] = sealed[sealed.length - AES_BLOCK + i] as number
    this.#cipher = cipher
    return sealed
  }
}

/** Were a block held back, it would come out with the next message. */
function wholeBlocks (given: Buffer, taken: Uint8Array): Buffer {
  if (given.length === taken.length) return given
  throw new Error(`AES gave ${given.length} bytes for ${taken.length}`)
}

/** Ciphers live as long as the bytes of their key. */
const keys = new WeakMap<Buffer, AesKey>()

export function aesKeyOf (bytes: Buffer): AesKey {
  let key = keys.get(bytes)
  if (key === undefined) keys.set(bytes, key = new AesKey(bytes))
  return key
}

// Base64, random bytes, and memory to work in.

/**
 * Decodes base64 into `target` from `offset` on, and gives how many bytes that were; `undefined` for what is no plain
 * base64 of whole groups of four. `target` must have room for three bytes of every four characters.
 *
 * Node.js skips whatever it does not know, so each such character makes the result shorter than the text says: that is
 * cheaper to see than a pattern over the text. What it takes beside the plain alphabet is looked for: "-" and "_", and
 * characters beyond Latin-1, of which it sees the lower byte alone.
 */
export function decodeBase64 (text: string, target: Buffer, offset: number): number | undefined {
  const { length } = text
  if (length === 0 || length % 4 !== 0) return undefined
  if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== length) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const expected = length / 4 * 3 - padding
  return target.write(text, offset, expected, 'base64') === expected ? expected : undefined
}

/** Drawn from the CSPRNG in one go, as the draw costs more than the bytes. */
const drawn = Buffer.allocUnsafeSlow(4096)
let used = drawn.length

/** Puts 16 random bytes at the beginning of `target`. No byte is given twice: what was given is wiped. */
function putRandom (target: Uint8Array): void {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  for (let i = 0; i < RANDOM_LENGTH; i++) {
    target[i] = drawn[used] as number
    drawn[used++] = 0
  }
}

/** Enough for nearly every message; whatever is larger gets memory of its own, which goes as it came. */
const WORKING_LENGTH = 64 * 1024
/** Not of Node's pool of small buffers, which others use as well. */
const working = Buffer.allocUnsafeSlow(WORKING_LENGTH)

/**
 * Memory to work in until the next call: everything here is synchronous, so one is enough. It holds what was written
 * there before, so nothing may be read of it that was not written first.
 */
function scratch (length: number): Buffer {
  return length <= WORKING_LENGTH ? working : Buffer.allocUnsafeSlow(length)
}
