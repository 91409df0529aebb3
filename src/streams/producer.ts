import { isPromise } from '../support/is-promise.js'
import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import type { StreamReply } from '../reply/stream-reply.js'
import { Bubble, type WholeReply } from './bubble.js'
import { writeFirst } from './frame.js'
import type { StreamCause, StreamResult } from './options.js'
import type { ProducerOptions } from './producer-options.js'
import { settingsOf, type StreamSettings } from './settings.js'
import { readSource } from './source/read.js'
import { optionsOf, sourceOf } from './source/stream.js'
import type { StreamSink } from './source/types.js'
import type { StreamView } from './store.js'
import { Upload } from './upload.js'
import { ASKED_AT_MOST, KEEP_CLAIM } from './wecom-times.js'

/** How long a source may go on for the rest that follows its stream, by the response_url. Milliseconds. */
const LONGEST_SOURCE = KEEP_CLAIM - 5 * 60_000
/** Another process produces this stream. */
const TAKEN: StreamView = { state: 'ended', token: '', cause: 'lost', text: '', first: '', final: '' }

/** Brings what a handler or its source gives into a stream, to its end and beyond: the rest goes another way. */
export class Producer implements StreamSink {
  readonly #options: ProducerOptions
  readonly #upload: Upload
  readonly #source = new AbortController()
  #settings: StreamSettings
  #bubble: Bubble
  /** By the options of the reply. */
  #configured = false
  #flush: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  /** How the producer ends it, and how it has ended, by whomever. */
  #ending: StreamCause | undefined
  #view: StreamView | undefined
  #error: unknown
  #began = false
  #sourceOver = false
  #completed = false

  constructor (options: ProducerOptions) {
    const { store, key, defaults } = this.#options = options
    this.#settings = defaults
    this.#bubble = new Bubble(defaults, '', () => this.#follows)
    this.#upload = new Upload({
      store,
      key,
      storeFails: error => { this.#storeFails(error) },
      over: view => { this.#over(view) }
    })
  }

  get key (): string {
    return this.#options.key
  }

  get token (): string {
    return this.#options.token
  }

  // What a message begins.

  /**
   * Begins the stream, of a source if there is one already. Where another has it, or has ended it, nothing that is
   * given later is shown.
   */
  begin (reply?: StreamReply): Promise<void> | undefined {
    if (reply !== undefined) this.#configure(reply, settings => settings.placeholder)
    const { id, token, conversation } = this.#options
    const { feedback } = this.#settings
    const left = (): number => this.#left
    const view = this.#upload.begin({
      token,
      // Less, where it has to be begun again.
      get life () { return left() },
      conversation,
      first: writeFirst({ feedback: feedback === true ? id : feedback }),
      text: this.#bubble.text,
      suffixes: this.#bubble.suffixes(),
      ended: view => { this.#upload.close(view) }
    })
    if (isPromise(view)) return view.then(() => { this.#begun() })
    this.#begun()
  }

  /** The source. Runs from now on; nothing waits for it. */
  pump (reply: StreamReply): void {
    if (!this.#configured) {
      this.#configure(reply, () => '')
      // It may have less time than streams have by default.
      this.#awaitLate()
    }
    const { show } = this.#settings
    readSource(sourceOf(reply), this, { signal: this.#source.signal, show }).then(
      () => { this.finish() },
      (error: unknown) => { this.fail(error) }
    )
    this.#flushNow()
  }

  /** The handler answered by something else than a stream. */
  take (reply: WholeReply): void {
    if (this.#sourceOver) return
    this.#bubble.take(reply)
    this.finish()
  }

  /** Handler or source have ended. */
  finish (): void {
    if (this.#sourceOver) return
    this.#sourceOver = true
    if (this.#view === undefined) this.#end('done')
    else this.#complete()
  }

  /** Handler or source have failed. */
  fail (error: unknown): void {
    if (this.#sourceOver) return
    this.#sourceOver = true
    this.#options.failed(error)
    this.#error = error
    if (this.#view === undefined) this.#end('failed')
    else this.#complete()
  }

  /** The server closes. */
  close (): void {
    if (this.#view === undefined) this.#end('closing')
    this.#stop('the server closes')
    if (this.#view !== undefined) this.#complete()
  }

  // What a source gives.

  get bytesLeft (): number {
    return this.#view === undefined ? this.#bubble.content.bytesLeft : 0
  }

  text (part: string): void {
    this.#bubble.content.text(part)
    this.#grown()
  }

  thinking (part: string): void {
    this.#bubble.content.thinking(part)
    this.#grown()
  }

  image (data: Uint8Array): void {
    this.#bubble.image(data)
  }

  card (card: AibotTemplateCard): void {
    this.#bubble.card = card
  }

  // Inside.

  /** Nothing has been shown by then. */
  #configure (reply: StreamReply, placeholderOf: (settings: StreamSettings) => string): void {
    this.#configured = true
    this.#settings = settingsOf(this.#options.defaults, optionsOf(reply))
    this.#bubble = new Bubble(this.#settings, placeholderOf(this.#settings), () => this.#follows)
    if (this.#view !== undefined) this.#bubble.seal('')
  }

  /** Whether what does not fit, or comes too late, is sent another way. */
  get #follows (): boolean {
    return this.#settings.rest === 'respond' && this.#options.respond !== undefined
  }

  get #left (): number {
    return Math.max(1, Math.round(this.#options.arrivedAt + this.#settings.life - performance.now()))
  }

  #begun (): void {
    this.#began = !this.#completed
    this.#awaitLate()
  }

  #awaitLate (): void {
    if (this.#view !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { this.#end('late') }, this.#left).unref()
  }

  #grown (): void {
    if (this.#view !== undefined && !this.#sourceOver && this.#bubble.content.restFull) {
      this.#stop('nothing more of it can be shown')
      this.#complete()
    }
    if (this.#ending !== undefined || this.#view !== undefined) return
    if (this.#bubble.content.full) this.#end('cut')
    // What comes within a turn goes together.
    else this.#flush ??= setImmediate(() => { this.#flushNow() })
  }

  #flushNow (): void {
    clearImmediate(this.#flush)
    this.#flush = undefined
    if (this.#ending !== undefined || this.#view !== undefined) return
    this.#upload.grow(this.#bubble.text, this.#bubble.suffixes())
  }

  #end (asked: StreamCause): void {
    if (this.#ending !== undefined || this.#view !== undefined) return
    const { content } = this.#bubble
    if (asked !== 'cut' && asked !== 'late') content.finish()
    const cause = asked !== 'done' ? asked : content.full ? 'cut' : this.#bubble.isEmpty ? 'empty' : 'done'
    this.#ending = cause
    clearImmediate(this.#flush)
    this.#upload.end(this.#bubble.text, { cause, suffix: this.#bubble.suffix(cause), final: this.#bubble.final() })
  }

  /** The stream has ended, by whomever; its source may go on. */
  #over (view: StreamView | undefined): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#flush)
    const isOurs = view?.token === this.#options.token || view?.token === ''
    const ended = this.#view = view?.state === 'ended' && isOurs ? view : TAKEN
    this.#options.ended()
    this.#bubble.seal(ended.text)
    if (this.#sourceOver) {
      this.#complete()
    } else if (isFollowed(ended) && this.#follows) {
      const left = this.#options.arrivedAt + LONGEST_SOURCE - performance.now()
      this.#timer = setTimeout(() => { this.close() }, Math.max(0, left)).unref()
    } else {
      this.#stop(`the stream has ended: ${ended.cause ?? 'lost'}`)
      this.#complete()
    }
  }

  #stop (reason: string): void {
    if (this.#sourceOver) return
    this.#sourceOver = true
    this.#options.abortHandler(reason)
    this.#source.abort(new DOMException(reason, 'AbortError'))
  }

  #storeFails (error: unknown): void {
    this.#options.storeFails(error)
    if (performance.now() < this.#options.arrivedAt + ASKED_AT_MOST) return
    const text = this.#bubble.text.slice(0, this.#upload.shownUnits)
    this.#upload.close({ state: 'ended', token: '', cause: 'lost', text, first: '', final: '' })
  }

  #complete (): void {
    if (this.#completed) return
    this.#completed = true
    clearTimeout(this.#timer)
    this.#bubble.content.finish()
    this.#sendRest().then(rest => {
      this.#options.over(this.#began ? this.#settings : undefined, this.#result(rest))
    })
  }

  async #sendRest (): Promise<StreamResult['rest']> {
    const view = this.#view as StreamView
    if (!isFollowed(view)) return 'none'
    const text = this.#bubble.content.rest()
    const card = view.final === '' ? this.#bubble.card : undefined
    if (text.trim() === '' && card === undefined) return 'none'
    if (!this.#follows) return 'unsent'
    try {
      await this.#options.respond?.({ text, card })
      return 'responded'
    } catch (error) {
      this.#options.restFails(error)
      return 'unsent'
    }
  }

  #result (rest: StreamResult['rest']): StreamResult {
    const { cause = 'lost', text: shown } = this.#view as StreamView
    const { fullText: text, fullThinking: thinking } = this.#bubble.content
    const ms = Math.round(performance.now() - this.#options.arrivedAt)
    const result = { id: this.#options.id, cause, text, thinking, shownBytes: Buffer.byteLength(shown), rest, ms }
    return this.#error === undefined ? result : { ...result, error: this.#error }
  }
}

/** Ended before its source: what is missing is worth sending. Not where another process has the stream. */
function isFollowed (view: StreamView): boolean {
  return view !== TAKEN && (view.cause === 'late' || view.cause === 'cut' || view.cause === 'lost')
}
