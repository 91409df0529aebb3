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
  #over = false
  /** Mostly the whole body. */
  #first: Buffer | undefined
  #more: Buffer[] = []

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
    // They stay, and do nothing once it is over: taking them off again costs as much as all else here, behind Express
    // several times that.
    stream.on('data', this.#take)
    stream.on('end', this.#end)
    stream.on('error', this.#fail)
    // HTTP/2 tells of an end before its time by this alone.
    stream.on('aborted', this.#aborted)
  }

  readonly #take = (chunk: Buffer | string): void => {
    if (this.#over) return
    this.#received += chunk.length
    if (typeof chunk === 'string') this.#fail(new BodyFault('texts'))
    else if (this.#received > this.#limit) this.#fail(new BodyFault('too large'))
    else if (this.#first === undefined) this.#first = chunk
    else this.#more.push(chunk)
  }

  readonly #end = (): void => {
    if (this.#over) return
    if (this.#length !== undefined && this.#received !== this.#length) {
      this.#fail(new BodyFault('other length'))
      return
    }
    this.#over = true
    const [first, more] = [this.#first ?? Buffer.alloc(0), this.#more]
    this.#first = undefined
    this.#more = []
    this.#resolve(more.length === 0 ? first : Buffer.concat([first, ...more]))
  }

  readonly #aborted = (): void => { this.#fail(new BodyFault('broken off')) }

  readonly #fail = (fault: unknown): void => {
    if (this.#over) return
    this.#over = true
    this.#first = undefined
    this.#more = []
    this.#stream.unpipe()
    this.#stream.pause()
    this.#reject(fault)
  }
}

/** What can be told before anything is read. */
function faultOf (stream: Readable, limit: number, length: number | undefined): BodyFault['what'] | undefined {
  if (length !== undefined && length > limit) return 'too large'
  if ((stream.readableEncoding ?? null) !== null) return 'texts'
  return stream.readable === false ? 'read before' : undefined
}
