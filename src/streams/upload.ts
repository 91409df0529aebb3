import { isPromise } from '../support/is-promise.js'
import { isWecomError } from '../support/strip-error-details.js'
import type { NewStream, StreamEnd, StreamStore, StreamSuffixes, StreamView, StreamWritten } from './store.js'
import { firstBytes } from './utf8.js'

/** Pause after a store that failed, milliseconds; doubled with each failure, up to the second. */
const PAUSES = [100, 2_000] as const

export interface UploadOptions {
  store: StreamStore
  key: string
  /** The store fails: told at each try. */
  storeFails (error: unknown): void
  /** Once: how the stream has ended, by whomever; a running one, or nothing, where another producer has it. */
  over (view: StreamView | undefined): void
}

/** How the producer ends a stream. */
export interface Ending extends Pick<StreamEnd, 'cause' | 'final'> {
  suffix: string
}

/** Brings a text that grows into the store: in order, each piece once, whatever fails on the way. */
export class Upload {
  readonly #options: UploadOptions
  #stream: NewStream | undefined
  /** All that is to be shown, and how much of it the store has. */
  #text = ''
  #units = 0
  #bytes = 0
  #suffixes: StreamSuffixes | undefined
  #knownSuffixes: StreamSuffixes | undefined
  #ending: Ending | undefined
  /** A command is under way, or waits for its next try. */
  #busy = false
  #missing = false
  #over = false
  #pause: number = PAUSES[0]
  #timer: NodeJS.Timeout | undefined

  constructor (options: UploadOptions) {
    this.#options = options
  }

  /** How much of the text the store has. */
  get shownUnits (): number {
    return this.#units
  }

  /** Begins the stream, with what its text holds by then. Tells what is there, ours or not. */
  begin (stream: NewStream): StreamView | Promise<StreamView> {
    this.#stream = stream
    this.#text = stream.text
    const view = this.#options.store.begin(this.#options.key, stream)
    return isPromise(view) ? view.then(view => this.#begun(view)) : this.#begun(view)
  }

  /** The text has grown. */
  grow (text: string, suffixes: StreamSuffixes): void {
    this.#text = text
    this.#suffixes = suffixes
    this.#advance()
  }

  /** No more text: the stream ends once the store has it all. Only the first call counts. */
  end (text: string, ending: Ending): void {
    if (this.#ending !== undefined) return
    this.#text = text
    this.#ending = ending
    this.#advance()
  }

  /** Somebody else has ended it, or nobody waits for it any more. */
  close (view: StreamView | undefined): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#options.over(view)
  }

  #begun (view: StreamView): StreamView {
    if (view.token !== this.#stream?.token || view.state === 'ended') this.close(view)
    else this.#acknowledged(this.#text.length)
    return view
  }

  #acknowledged (units: number): void {
    this.#bytes += Buffer.byteLength(this.#text.slice(this.#units, units))
    this.#units = units
  }

  /** At once, as long as the store answers at once. */
  #advance (): void {
    while (!this.#busy && !this.#over && (this.#units < this.#text.length || this.#ending !== undefined)) {
      const units = this.#text.length
      const suffixes = this.#suffixes
      let written
      try {
        written = this.#send(units)
      } catch (error) {
        this.#tryLater(error)
        return
      }
      if (!isPromise(written)) {
        this.#took(written, units, suffixes)
        continue
      }
      this.#busy = true
      written.then(written => {
        this.#busy = false
        this.#took(written, units, suffixes)
        this.#advance()
      }, (error: unknown) => {
        this.#tryLater(error)
      })
    }
  }

  #send (units: number): StreamWritten | Promise<StreamWritten> {
    const { store, key } = this.#options
    const { token } = this.#stream as NewStream
    if (this.#missing) return this.#revive()
    const [offset, text, ending] = [this.#bytes, this.#text.slice(this.#units, units), this.#ending]
    if (ending !== undefined) {
      const { cause, suffix, final } = ending
      return store.end(key, { token, offset, text: text + suffix, cause, final })
    }
    const suffixes = this.#suffixes === this.#knownSuffixes ? undefined : this.#suffixes
    return store.write(key, { token, offset, text, suffixes })
  }

  /** The store has lost the stream. */
  #revive (): StreamWritten | Promise<StreamWritten> {
    const stream = this.#stream as NewStream
    const { store, key } = this.#options
    const shown = this.#text.slice(0, this.#units)
    const view = store.begin(key, { ...stream, text: shown })
    const written = (view: StreamView): StreamWritten => {
      if (view.state === 'ended') return { state: 'ended', view }
      if (view.token !== stream.token) return { state: 'taken' }
      this.#missing = false
      return { state: 'gap', bytes: Buffer.byteLength(shown) }
    }
    return isPromise(view) ? view.then(written) : written(view)
  }

  #took (written: StreamWritten, units: number, suffixes: StreamSuffixes | undefined): void {
    this.#pause = PAUSES[0]
    if (this.#over) return
    if (written.state === 'running') {
      this.#acknowledged(units)
      this.#knownSuffixes = suffixes
    } else if (written.state === 'gap') this.#resume(written.bytes)
    else if (written.state === 'missing') this.#missing = true
    else this.close(written.state === 'ended' ? written.view : undefined)
  }

  /** From where the store has it. */
  #resume (bytes: number): void {
    this.#units = firstBytes(this.#text, bytes).length
    this.#bytes = bytes
  }

  /** A text finds room in a store that is too full for its images: the bubble must end. */
  #endsWithoutImages (error: unknown): boolean {
    const ending = this.#ending
    if (!isWecomError(error) || error.code !== 'WECOM_STREAMS_FULL' || ending === undefined || ending.final === '') {
      return false
    }
    this.#options.storeFails(error)
    this.#ending = { ...ending, final: '' }
    this.#busy = false
    this.#advance()
    return true
  }

  #tryLater (error: unknown): void {
    if (this.#endsWithoutImages(error)) return
    this.#busy = true
    this.#options.storeFails(error)
    if (this.#over) return
    this.#timer = setTimeout(() => {
      this.#busy = false
      this.#advance()
    }, this.#pause).unref()
    this.#pause = Math.min(this.#pause * 2, PAUSES[1])
  }
}
