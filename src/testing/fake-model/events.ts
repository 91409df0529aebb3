/**
 * Server-sent events in the writes of a network that knows nothing of them: each write ends anywhere, every other one
 * within a character where there is one to be cut. What was cut off comes with the next write. Always the same.
 */
export class EventWriter {
  #kept = Buffer.alloc(0)
  #count = 0

  /** What is to be written now. */
  add (event: object | '[DONE]'): Buffer {
    const data = typeof event === 'string' ? event : JSON.stringify(event)
    const bytes = Buffer.concat([this.#kept, Buffer.from(`data: ${data}\n\n`)])
    const cut = this.#cut(bytes)
    this.#kept = bytes.subarray(cut)
    return bytes.subarray(0, cut)
  }

  /** What is left. */
  end (): Buffer {
    return this.#kept
  }

  #cut (bytes: Buffer): number {
    const within = this.#count++ % 2 === 0 ? bytes.findIndex(byte => (byte & 0xc0) === 0x80) : -1
    return within > 0 ? within : 1 + (this.#count * 37) % bytes.length
  }
}
