import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'

const ALGORITHM = 'aes-256-cbc'
export const AES_BLOCK = 16

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
export class AesKey {
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
