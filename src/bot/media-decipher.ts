import { createDecipheriv, type Decipher } from 'node:crypto'

const BLOCK = 16
/** WeCom pads to 32 bytes (page 100719), so pad values run to 32. */
const LONGEST_PAD = 32

/** Why bytes are no medium, in words that hold nothing of it. */
export class MediaFault extends Error {}

/**
 * Decrypts a medium piece by piece: AES-256-CBC, IV the first half of the key, nothing in front. The last piece is held
 * back, as it may end with padding. A length of whole AES blocks will do, though WeCom's are multiples of 32: who pads
 * to 16 is understood as well.
 */
export class MediaDecipher {
  readonly #decipher: Decipher
  #held: Uint8Array = new Uint8Array(0)
  #length = 0

  constructor (key: Buffer) {
    this.#decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, BLOCK)).setAutoPadding(false)
  }

  /** What is certain to be content; it shares its memory with nobody. Not copied, as large media make much garbage. */
  update (sealed: Uint8Array): Uint8Array {
    this.#length += sealed.length
    // By way of a text, which lies on the heap: of buffers alone V8 lets some 32 MB wait before it collects them.
    const plain = Buffer.from(this.#decipher.update(sealed, undefined, 'latin1'), 'latin1')
    const before = this.#held
    if (plain.length >= LONGEST_PAD) {
      this.#held = plain
      return before
    }
    const all = new Uint8Array(before.length + plain.length)
    all.set(before)
    all.set(plain, before.length)
    const certain = Math.max(0, all.length - LONGEST_PAD)
    this.#held = all.slice(certain)
    return all.subarray(0, certain)
  }

  /**
   * What the padding leaves of the last bytes.
   *
   * @throws MediaFault
   */
  final (): Uint8Array {
    if (this.#length === 0 || this.#length % BLOCK !== 0) {
      throw new MediaFault(`${this.#length} bytes, which are not whole blocks of ${BLOCK}`)
    }
    const held = this.#held
    const pad = held[held.length - 1] as number
    const content = held.length - pad
    if (pad < 1 || pad > LONGEST_PAD || content < 0 || held.subarray(content).some(byte => byte !== pad)) {
      throw new MediaFault('wrong padding after decryption')
    }
    return held.subarray(0, content)
  }
}
