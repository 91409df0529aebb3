/** Nearer to the limit than this, the last character is held back until what follows shows that it has ended. */
const WATCHED_BYTES = 256

/**
 * Lets a text through up to a number of bytes of UTF-8, and ends it between two characters as people see them, however
 * the text comes in pieces. Only a character of some 256 bytes or more is cut inside.
 */
export class GraphemeLimit {
  /** What was given; once the limit is passed, what was let through. */
  text = ''
  /** Code units of it that were let through. */
  end = 0
  /** Bytes of these. */
  bytes = 0
  /** What the limit kept out, until it is taken. */
  over = ''
  /** Something did not fit: nothing more does. */
  full = false
  #heldBytes = 0
  /** Where some character begins. */
  #known = 0
  readonly #limit: number

  constructor (limit: number) {
    this.#limit = limit
  }

  /** Bytes that are left. */
  get room (): number {
    return this.full ? 0 : this.#limit - this.bytes - this.#heldBytes
  }

  /** Returns what is let through now. `text` must hold no half surrogate pairs. */
  push (part: string): string {
    if (this.full) {
      this.over += part
      return ''
    }
    if (part === '') return ''
    const from = this.end
    const bytes = Buffer.byteLength(part)
    this.text += part
    if (this.bytes + this.#heldBytes + bytes <= this.#watched) {
      this.bytes += bytes
      this.end += part.length
      return part
    }
    this.#heldBytes += bytes
    const { length } = this.text
    if (this.bytes + this.#heldBytes > this.#limit) this.#cut()
    else this.#advance(this.#boundary(length - 1, length))
    return this.text.slice(from, this.end)
  }

  /** Nothing follows that could go on with the last character. Returns what was held back. */
  finish (): string {
    const from = this.end
    this.#advance(this.text.length)
    return this.text.slice(from)
  }

  /** Where this many bytes of the text end: before a character that they would break. */
  indexOf (bytes: number): number {
    return new TextEncoder().encodeInto(this.text.slice(0, this.end), new Uint8Array(Math.max(0, bytes))).read
  }

  /** Ends the text here for good. */
  close (end: number): void {
    this.text = this.text.slice(0, end)
    this.bytes = Buffer.byteLength(this.text)
    this.end = end
    this.#heldBytes = 0
    this.full = true
  }

  get #watched (): number {
    return this.#limit - WATCHED_BYTES
  }

  #cut (): void {
    const room = this.#limit - this.bytes
    const fits = this.end +
      new TextEncoder().encodeInto(this.text.slice(this.end, this.end + room), new Uint8Array(room)).read
    const end = this.#boundary(fits, fits)
    this.over = this.text.slice(end)
    this.close(end)
  }

  /** The start of the character that has the code unit `at`; `otherwise` where it began before it was watched. */
  #boundary (at: number, otherwise: number): number {
    segmenter ??= new Intl.Segmenter('zh', { granularity: 'grapheme' })
    // Characters are told apart from where one begins: the last known, as the whole text is long.
    const known = this.#known <= at ? this.#known : 0
    const found = segmenter.segment(this.text.slice(known, at + 8)).containing(at - known)?.index ?? 0
    const start = this.#known = known + found
    if (start < this.end) return otherwise
    const bytes = this.bytes + Buffer.byteLength(this.text.slice(this.end, start))
    return bytes < this.#watched ? otherwise : start
  }

  #advance (end: number): void {
    const bytes = Buffer.byteLength(this.text.slice(this.end, end))
    this.bytes += bytes
    this.#heldBytes -= bytes
    this.end = end
  }
}

/** Made for the first text that comes near a limit, as it takes some milliseconds. */
let segmenter: Intl.Segmenter | undefined
