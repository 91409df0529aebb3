import { wecomError } from '../errors.js'
import { Queue } from '../support/queue.js'
import { callEnded } from './call-ended.js'
import type { StreamCause } from './options.js'
import type { NewStream, StreamEnd, StreamSuffixes, StreamView, StreamWrite, StreamWritten } from './store.js'
import { Tombstones } from './tombstones.js'
import { afterBytes } from './utf8.js'
import { ASKED_AT_MOST, KEEP_CLAIM, KEEP_ENDED } from './wecom-times.js'

/** How often it is looked for what may go, milliseconds. */
const SWEEP = 5_000

/** The streams of one store. */
export class StreamMemory {
  readonly #maxStreams: number
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry>()
  readonly #ended = new Queue<Entry>()
  readonly #tombstones: Tombstones
  /** Until when, by name; in the order in which they came. */
  readonly #claims = new Map<string, number>()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor (maxStreams: number, maxBytes: number) {
    this.#maxStreams = maxStreams
    this.#maxBytes = maxBytes
    this.#tombstones = new Tombstones(maxStreams, KEEP_ENDED)
  }

  /** How many streams it holds, lost ones included. */
  get size (): number {
    return this.#entries.size + this.#tombstones.size
  }

  /** Bytes of all texts and finals. */
  get bytes (): number {
    return this.#bytes
  }

  begin (key: string, stream: NewStream): StreamView {
    const now = performance.now()
    const view = this.#at(key, now)?.view ?? this.#tombstones.ended(key, now)
    if (view !== undefined) return view
    const entry = new Entry(key, stream, now)
    if (this.#entries.size >= this.#maxStreams && !this.#drop() && (this.#sweep(now), !this.#drop())) {
      throw full(`${this.#entries.size} running streams`, 'maxStreams')
    }
    this.#makeRoom(entry.bytes)
    this.#tombstones.delete(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    this.#watch()
    return entry.view
  }

  write (key: string, piece: StreamWrite): StreamWritten {
    const found = this.#producedBy(key, piece)
    if (!(found instanceof Entry)) return found
    const text = afterBytes(piece.text, found.textBytes - piece.offset)
    const bytes = Buffer.byteLength(text)
    this.#makeRoom(bytes)
    this.#append(found, text, bytes)
    if (piece.suffixes !== undefined) found.suffixes = piece.suffixes
    return { state: 'running', bytes: found.textBytes }
  }

  end (key: string, { offset, text, cause, final, token }: StreamEnd): StreamWritten {
    const found = this.#producedBy(key, { offset, token })
    if (!(found instanceof Entry)) return found
    // The last words are taken whatever the bound says: a stream that cannot end would hang on somebody's screen.
    const finalBytes = Buffer.byteLength(final)
    this.#makeRoom(finalBytes)
    const rest = afterBytes(text, found.textBytes - offset)
    this.#append(found, rest, Buffer.byteLength(rest))
    found.final = final
    found.bytes += finalBytes
    this.#bytes += finalBytes
    this.#seal(found, cause, performance.now())
    return { state: 'ended', view: found.view }
  }

  poll (key: string, missing: string): StreamView | undefined {
    const now = performance.now()
    const entry = this.#at(key, now)
    if (entry !== undefined) {
      if (entry.cause === undefined && now >= entry.lateAt) this.#finish(entry, 'late', now)
      return entry.view
    }
    this.#watch()
    return this.#tombstones.ask(key, missing, now)
  }

  stop (conversation: string, except: string): number {
    const now = performance.now()
    let count = 0
    for (const entry of this.#entries.values()) {
      if (entry.cause !== undefined || entry.conversation !== conversation || entry.key === except) continue
      this.#finish(entry, 'stopped', now)
      count++
    }
    return count
  }

  claim (name: string): boolean {
    const now = performance.now()
    for (const [oldest, until] of this.#claims) {
      if (until > now) break
      this.#claims.delete(oldest)
    }
    if (this.#claims.has(name)) return false
    this.#claims.set(name, now + KEEP_CLAIM)
    return true
  }

  close (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#entries.clear()
    this.#tombstones.clear()
    while (this.#ended.shift() !== undefined);
    this.#bytes = 0
  }

  #at (key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || now < entry.keepUntil) return entry
    this.#forget(entry)
    return undefined
  }

  /** The running stream that a producer may append to, or what it is told instead. */
  #producedBy (key: string, { token, offset }: Pick<StreamWrite, 'token' | 'offset'>): Entry | StreamWritten {
    const now = performance.now()
    const entry = this.#at(key, now)
    if (entry === undefined) {
      const view = this.#tombstones.ended(key, now)
      return view === undefined ? { state: 'missing' } : { state: 'ended', view }
    }
    if (entry.token !== token) return { state: 'taken' }
    if (entry.cause !== undefined) return { state: 'ended', view: entry.view }
    return offset > entry.textBytes ? { state: 'gap', bytes: entry.textBytes } : entry
  }

  /** Somebody else than its producer ends it. */
  #finish (entry: Entry, cause: keyof StreamSuffixes, now: number): void {
    const suffix = entry.suffixes[cause]
    this.#append(entry, suffix, Buffer.byteLength(suffix))
    const { producer } = entry
    this.#seal(entry, cause, now)
    if (producer !== undefined) callEnded(producer, entry.view)
  }

  #append (entry: Entry, text: string, bytes: number): void {
    entry.text += text
    entry.textBytes += bytes
    entry.bytes += bytes
    this.#bytes += bytes
  }

  #seal (entry: Entry, cause: StreamCause, now: number): void {
    entry.cause = cause
    entry.producer = undefined
    entry.keepUntil = Math.min(now + KEEP_ENDED, Math.max(now, entry.keepLongest))
    this.#ended.push(entry)
  }

  /** Forgets the stream that ended longest ago; false where none has. */
  #drop (): boolean {
    for (;;) {
      const oldest = this.#ended.shift()
      if (oldest === undefined) return false
      if (this.#forget(oldest)) return true
    }
  }

  #forget (entry: Entry): boolean {
    if (this.#entries.get(entry.key) !== entry) return false
    this.#entries.delete(entry.key)
    this.#bytes -= entry.bytes
    return true
  }

  #makeRoom (bytes: number): void {
    if (bytes === 0) return
    while (this.#bytes > this.#maxBytes - bytes) {
      if (!this.#drop()) throw full(`${this.#bytes} bytes in running streams and ${bytes} more`, 'maxBytes')
    }
  }

  #watch (): void {
    this.#timer ??= setInterval(() => { this.#sweep(performance.now()) }, SWEEP).unref()
  }

  #sweep (now: number): void {
    // Whose producer hangs, and for which nobody asks any more.
    for (const entry of this.#entries.values()) {
      if (entry.cause === undefined && now >= entry.lateAt) this.#finish(entry, 'late', now)
    }
    while ((this.#ended.first?.keepUntil ?? Infinity) <= now) this.#forget(this.#ended.shift() as Entry)
    this.#tombstones.sweep(now)
    if (this.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

class Entry {
  readonly key: string
  readonly token: string
  readonly conversation: string
  readonly first: string
  /** By `performance.now()`, as `keepUntil` and `keepLongest`. */
  readonly lateAt: number
  readonly keepLongest: number
  keepUntil = Infinity
  text: string
  textBytes: number
  /** All that counts. */
  bytes: number
  final = ''
  suffixes: StreamSuffixes
  /** Of an ended one. */
  cause: StreamCause | undefined
  /** Whom to tell; let go at the end. */
  producer: NewStream | undefined

  constructor (key: string, stream: NewStream, now: number) {
    this.key = key
    this.token = stream.token
    this.conversation = stream.conversation
    this.first = stream.first
    this.lateAt = now + stream.life
    this.keepLongest = now + ASKED_AT_MOST
    this.text = stream.text
    this.textBytes = Buffer.byteLength(stream.text)
    this.bytes = this.textBytes + Buffer.byteLength(stream.first)
    this.suffixes = stream.suffixes
    this.producer = stream
  }

  get view (): StreamView {
    const { token, text, cause, first, final } = this
    return { state: cause === undefined ? 'running' : 'ended', token, text, cause, first, final }
  }
}

function full (got: string, option: string): Error {
  return wecomError('WECOM_STREAMS_FULL', {
    expected: 'memoryStreams() to have room for a stream',
    got,
    fix: `Raise its ${option}, or spread the load over processes with redisStreams().`
  })
}
