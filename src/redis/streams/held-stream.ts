import type { NewStream, StreamEnd, StreamSuffixes, StreamView } from '../../streams/store.js'
import { afterBytes, firstBytes } from '../../streams/utf8.js'
import type { Told } from './commands.js'

/** Redis counts whole milliseconds of another clock, which may tick a little faster than the one here. */
const MARGIN = 20

/**
 * A stream that is produced in this process. What it shows is what Redis has acknowledged: with more, the next poll at
 * another process would show less. And it shows that only while nothing is under way that may have changed what others
 * show: a command that Redis has carried out and whose answer is still to come, or never came.
 */
export class HeldStream {
  readonly key: string
  /** As it would begin now, were it lost. */
  readonly stream: NewStream
  /** Times by `performance.now()`. */
  readonly lateAt: number
  suffixes: StreamSuffixes
  /** When a command was sent that Redis has answered. */
  heardAt: number
  /** When a piece was sent. */
  flushedAt = -Infinity
  /** Steps that its producer waits for. */
  steps = 0
  /** Its producer has ended it, whether or not Redis knows. */
  ending: StreamEnd | undefined
  #turn: Promise<void> | undefined
  #hurry: (() => void) | undefined
  readonly #lease: number
  #goodUntil: number
  /** What Redis has acknowledged. */
  #text: string
  #bytes: number
  /** All that the producer has given. */
  #given: string
  #givenBytes: number
  #underWay = 0
  #unsure = false

  /** @param text what Redis has of it, by what it answered to what was sent at `sentAt` */
  constructor (key: string, stream: NewStream, text: string, sentAt: number, lease: number) {
    this.key = key
    this.stream = stream
    this.lateAt = sentAt + stream.life
    this.suffixes = stream.suffixes
    this.heardAt = sentAt
    this.#lease = lease
    this.#goodUntil = sentAt + lease
    this.#text = this.#given = text
    this.#bytes = this.#givenBytes = Buffer.byteLength(text)
  }

  get token (): string { return this.stream.token }
  /** Bytes that Redis has acknowledged. */
  get bytes (): number { return this.#bytes }
  /** Bytes that its producer has given. */
  get givenBytes (): number { return this.#givenBytes }
  get idle (): boolean { return this.#underWay === 0 }

  /** What may be shown without asking Redis. */
  sure (now: number): StreamView | undefined {
    const until = Math.min(this.#goodUntil, this.lateAt) - MARGIN
    return this.#underWay === 0 && !this.#unsure && now < until ? this.view : undefined
  }

  get view (): StreamView {
    const { token, first } = this.stream
    return { state: 'running', token, text: this.#text, cause: undefined, first, final: '' }
  }

  /** As it begins again where Redis has lost it. */
  anew (): NewStream {
    const { stream, suffixes } = this
    return { ...stream, life: Math.max(0, this.lateAt - performance.now()), text: this.#given, suffixes }
  }

  /** A piece of its producer; false where something before it is missing. */
  take (offset: number, text: string): boolean {
    if (offset > this.#givenBytes) return false
    const rest = afterBytes(text, this.#givenBytes - offset)
    this.#given += rest
    this.#givenBytes += Buffer.byteLength(rest)
    return true
  }

  /** What the producer has given after so many bytes. */
  rest (offset: number): string {
    if (offset === this.#bytes && this.#given.startsWith(this.#text)) return this.#given.slice(this.#text.length)
    return afterBytes(this.#given, offset)
  }

  /**
   * Runs a command that may change what others show. What Redis answers counts before the command is over: between the
   * two a poll would find what was shown before.
   */
  async track (command: () => Promise<Told>): Promise<Told> {
    const sentAt = performance.now()
    this.#underWay++
    // Until Redis says otherwise, as an answer that never comes tells nothing.
    this.#unsure = true
    try {
      const told = await command()
      const bytes = this.bytesTold(told)
      this.#unsure = bytes === undefined
      if (bytes !== undefined) this.#acknowledge(bytes, sentAt)
      return told
    } finally {
      this.#underWay--
    }
  }

  /** How much of it Redis has, where it runs and is ours. */
  bytesTold (told: Told): number | undefined {
    if (told.state === 'running') return told.bytes
    return told.state === 'view' && this.isOurs(told.view) ? Buffer.byteLength(told.view.text) : undefined
  }

  isOurs (view: StreamView): boolean {
    return view.state === 'running' && view.token === this.token
  }

  #acknowledge (bytes: number, sentAt: number): void {
    this.heardAt = sentAt
    this.#goodUntil = sentAt + this.#lease
    if (bytes <= this.#bytes) return
    this.#text = bytes === this.#givenBytes ? this.#given : firstBytes(this.#given, bytes)
    this.#bytes = bytes
  }

  /**
   * Runs what changes its text, one after the other; what is not wanted any more by then, as it took too long, is not
   * sent.
   */
  async inTurn<T> (work: () => Promise<T>, isWanted: () => boolean = () => true): Promise<T> {
    while (this.#turn !== undefined) await this.#turn
    if (!isWanted()) throw new Error('given up')
    const working = work()
    this.#turn = working.then(() => {}, () => {}).then(() => { this.#turn = undefined })
    return await working
  }

  /** So long, or until hurry(). */
  async pause (milliseconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#hurry = undefined
  }

  hurry (): void { this.#hurry?.() }
}
