import type { Readable } from 'node:stream'

/** Why a body was not read whole. */
export class BodyFault extends Error {
  constructor (readonly what: 'too large' | 'other length' | 'broken off' | 'read before' | 'texts') {
    super(what)
  }
}

/** Collects the bytes of a body: up to the first one beyond the limit, where it leaves the stream paused. */
export class BodyReader {
  readonly #stream: Readable
  readonly #limit: number
  readonly #length: number | undefined
  readonly #resolve: (body: Buffer) => void
  readonly #reject: (fault: unknown) => void
  #received = 0
  /** Mostly the whole body. */
  #first: Buffer | undefined
  readonly #more: Buffer[] = []

  /** @param length what Content-Length says, if anything */
  constructor (
    stream: Readable,
    limit: number,
    length: number | undefined,
    resolve: (body: Buffer) => void,
    reject: (fault: unknown) => void
  ) {
    this.#stream = stream
    this.#limit = limit
    this.#length = length
    this.#resolve = resolve
    this.#reject = reject
    const fault = faultOf(stream, limit, length)
    if (fault !== undefined) {
      this.#fail(new BodyFault(fault))
      return
    }
    // HTTP/2 tells of an end before its time by `aborted` alone.
    stream.on('aborted', this.#aborted)
    stream.on('close', this.#release)
    stream.on('data', this.#take)
    stream.on('end', this.#end)
    stream.on('error', this.#fail)
  }

  readonly #take = (chunk: Buffer | string): void => {
    this.#received += chunk.length
    if (typeof chunk === 'string') this.#fail(new BodyFault('texts'))
    else if (this.#received > this.#limit) this.#fail(new BodyFault('too large'))
    else if (this.#first === undefined) this.#first = chunk
    else this.#more.push(chunk)
  }

  readonly #end = (): void => {
    if (this.#length !== undefined && this.#received !== this.#length) {
      this.#fail(new BodyFault('other length'))
      return
    }
    this.#release()
    const first = this.#first ?? Buffer.alloc(0)
    this.#resolve(this.#more.length === 0 ? first : Buffer.concat([first, ...this.#more]))
  }

  readonly #aborted = (): void => { this.#fail(new BodyFault('broken off')) }

  readonly #fail = (fault: unknown): void => {
    this.#release()
    this.#stream.unpipe()
    this.#stream.pause()
    this.#reject(fault)
  }

  readonly #release = (): void => {
    const stream = this.#stream
    stream.off('aborted', this.#aborted)
    stream.off('close', this.#release)
    stream.off('data', this.#take)
    stream.off('end', this.#end)
    stream.off('error', this.#fail)
  }
}

/** What can be told before anything is read. */
function faultOf (stream: Readable, limit: number, length: number | undefined): BodyFault['what'] | undefined {
  if (length !== undefined && length > limit) return 'too large'
  if ((stream.readableEncoding ?? null) !== null) return 'texts'
  return stream.readable === false ? 'read before' : undefined
}
