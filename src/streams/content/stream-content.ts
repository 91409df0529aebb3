import { STREAM_CONTENT_BYTES } from '../../reply/limits/aibot.js'
import type { StreamCause, StreamTexts } from '../options.js'
import { FENCE_BYTES } from './code-fence.js'
import { FenceTracker } from './fence-tracker.js'
import { GraphemeLimit } from './grapheme-limit.js'
import { OwnParts } from './own-parts.js'
import { restOf } from './rest.js'
import { SurrogateJoiner } from './surrogates.js'
import { TagDefuser } from './tag-defuser.js'
import { EndTexts, type EndDetails } from './texts.js'
import { ThinkTags } from './think-tags.js'
import { ThinkingRun } from './thinking-run.js'
import { hasVisible } from './visible.js'

/** Thinking takes the room of the answer: this is its part. */
const THINKING_BYTES = 5 * 1024
/** Thinking among the text stays so far from the limit, which is the text's. */
const QUOTE_MARGIN = 512
/** More of what is not shown is not kept for the rest, which is much shorter. */
const REST_UNITS = 4 * STREAM_CONTENT_BYTES
const THINK = '<think>'
const THINK_END = '</think>'
const BLANK_LINE = /(?:\r\n|\n|\r){2}$/

export interface StreamContentOptions {
  /**
   * `leading`: thinking before the first text is shown, folded; `all`: later thinking as well, as quoted text; false:
   * none.
   */
  readonly thinking: 'leading' | 'all' | false
  readonly texts: StreamTexts
  /** Bytes of UTF-8 that stand before it, and take their part of the limit. Default 0. */
  readonly reserved?: number | undefined
}

/**
 * Makes of what a source gives what a stream of a bot shows [101031]: a text that only grows, and that can be ended at
 * any time so that it stays within 20,480 bytes, is no broken markdown and has something to be seen.
 */
export class StreamContent {
  readonly #thinking: StreamContentOptions['thinking']
  readonly #texts: EndTexts
  readonly #shown: GraphemeLimit
  readonly #textPairs = new SurrogateJoiner()
  readonly #thinkingPairs = new SurrogateJoiner()
  readonly #tags = new ThinkTags({
    text: part => { this.#addText(part) },
    thinking: part => { this.#addThinking(part) }
  })

  readonly #textTags = new TagDefuser()
  /** Of the text, or of the thinking while its tag is open. */
  #fences = new FenceTracker()
  #run: ThinkingRun | undefined
  #thinkingBytes = THINKING_BYTES
  #thinkOpen = false
  /** Where the text begins, behind the think tag. */
  #textStart = 0
  readonly #ownParts = new OwnParts()
  #visible = false
  #sealed = false
  /** What is shown ends with text, which the rest goes on with. */
  #endsInText = true
  #rest = ''
  #fullText = ''
  #fullThinking = ''

  constructor ({ thinking, texts, reserved = 0 }: StreamContentOptions) {
    this.#thinking = thinking
    this.#texts = new EndTexts(texts)
    // The line end before a closing fence, and the blank line before the text.
    this.#shown = new GraphemeLimit(STREAM_CONTENT_BYTES - reserved - this.#texts.bytes - FENCE_BYTES - 3)
  }

  text (part: string): void {
    this.#tags.push(this.#textPairs.push(part))
  }

  thinking (part: string): void {
    this.#addThinking(this.#thinkingPairs.push(part))
  }

  /** What may be shown: only ever grows, by appending. Once sealed, what was shown. */
  get content (): string {
    const { text, end } = this.#shown
    return end === text.length ? text : text.slice(0, end)
  }

  /** Bytes of UTF-8 of it. */
  get contentBytes (): number {
    return this.#shown.bytes
  }

  /** How many bytes of plain text more would be shown. */
  get bytesLeft (): number {
    const held = Buffer.byteLength(this.#tags.held + this.#textTags.held)
    return Math.max(0, this.#shown.room - held - this.#runEndBytes())
  }

  /** Something did not fit, or the content is sealed: what comes now goes into the rest. */
  get full (): boolean {
    return this.#shown.full
  }

  /** Whether there is text that can be seen. */
  get visible (): boolean {
    return this.#visible
  }

  /** The rest takes no more: what comes now is shown nowhere. */
  get restFull (): boolean {
    return this.#rest.length >= REST_UNITS
  }

  /** All text that the source gave, without what it wrote between leading think tags. */
  get fullText (): string {
    return this.#fullText
  }

  /** All thinking that the source gave. */
  get fullThinking (): string {
    return this.#fullThinking
  }

  /** No more input: what was held back (half tags, a character at the limit) comes out. */
  finish (): void {
    this.#tags.finish()
    this.#append(this.#textTags.flush(), true)
    if (this.#run !== undefined) this.#appendThinking(this.#run, this.#run.end())
    this.#note(this.#shown.finish(), true)
  }

  /**
   * What is appended where the stream ends now by this cause: closes the think tag and the code fence, and says why it
   * ended. With it, the content always has something to be seen.
   */
  suffix (cause: StreamCause, details: EndDetails = {}): string {
    const closing = this.#closing()
    const text = this.#texts.of(cause, this.#visible, details)
    const first = text === '' || this.#thinkOpen || this.#shown.end === this.#textStart
    return closing + (first ? '' : this.#blankLine(closing)) + text
  }

  /**
   * The stream has ended when only this many bytes of the content were shown: what lies beyond, and what still comes,
   * goes into the rest. Only the first call counts.
   */
  seal (shownBytes: number): void {
    if (this.#sealed) return
    this.#sealed = true
    const end = shownBytes >= this.contentBytes ? this.#shown.end : this.#shown.indexOf(shownBytes)
    this.#rest = this.#ownParts.textFrom(end, this.#shown.text) + this.#rest
    this.#shown.close(end)
    this.#endsInText = end > 0 && !this.#ownParts.has(end - 1)
    this.#run = undefined
    this.#thinkOpen = end > 0 && (this.#thinkOpen || end < this.#textStart)
    if (this.#thinkOpen || end === 0) this.#textStart = 0
    const text = this.content.slice(this.#thinkOpen ? THINK.length : this.#textStart)
    this.#fences = new FenceTracker()
    this.#fences.push(text)
    this.#visible = !this.#thinkOpen && hasVisible(text)
  }

  /**
   * The text that was not shown, as a message of its own: at most 20,480 bytes, cut between characters as people see
   * them, with an open code fence opened again and closed; '' where there is none. Thinking is left out.
   */
  rest (): string {
    return restOf(this.#endsInText ? this.content.slice(this.#textStart) : '', this.#rest)
  }

  #addText (part: string): void {
    this.#fullText += part
    this.#endRun()
    this.#append(this.#textTags.push(part), true)
  }

  #addThinking (part: string): void {
    this.#fullThinking += part
    if (this.#thinking === false || this.#shown.full || part === '') return
    this.#run ??= this.#beginRun()
    if (this.#run === undefined) return
    this.#appendThinking(this.#run, this.#run.push(part))
  }

  #appendThinking (run: ThinkingRun, part: string): void {
    if (part !== '' && !run.quoted && !this.#thinkOpen) {
      this.#append(THINK, false)
      this.#thinkOpen = true
      this.#fences = new FenceTracker()
    }
    this.#append(part, false, run.quoted)
  }

  /** Among the text only where it may be shown: not within code. */
  #beginRun (): ThinkingRun | undefined {
    if (!this.#tags.begun) return new ThinkingRun({ quoted: false, before: '', limit: this.#thinkingBytes })
    const limit = Math.min(this.#thinkingBytes, this.#shown.room - QUOTE_MARGIN)
    if (this.#thinking !== 'all' || limit <= 0 || this.#fences.open !== undefined) return undefined
    return new ThinkingRun({ quoted: true, before: `${this.#blankLine()}> `, limit })
  }

  /** Text follows. */
  #endRun (): void {
    const run = this.#run
    if (run === undefined) return
    this.#run = undefined
    this.#appendThinking(run, run.end())
    this.#thinkingBytes -= run.bytes
    if (!run.shown) return
    if (run.quoted) {
      this.#append(this.#fences.closing + '\n\n', false)
      return
    }
    this.#append(this.#closing(), false)
    this.#thinkOpen = false
    this.#textStart = this.#shown.end
    this.#fences = new FenceTracker()
  }

  /** What the end of the thinking takes once text follows. */
  #runEndBytes (): number {
    if (this.#run === undefined) return 0
    const { held, quoted, shown } = this.#run
    if (!shown && held === '') return 0
    const fence = this.#fences.closingAfter(held)
    const around = quoted ? `${fence}\n\n` : `${this.#thinkOpen ? '' : THINK}${closeThinking(fence)}`
    return Buffer.byteLength(held + around)
  }

  #closing (): string {
    return this.#thinkOpen ? closeThinking(this.#fences.closing) : this.#fences.closing
  }

  /** What makes a blank line behind what is shown, with this appended. */
  #blankLine (appended = ''): string {
    const end = this.content.slice(-4) + appended
    return end === '' || BLANK_LINE.test(end) ? '' : /[\r\n]$/.test(end) ? '\n' : '\n\n'
  }

  /** @param counts Whether it is something to be seen. */
  #append (part: string, isText: boolean, counts = isText): void {
    if (part === '') return
    const from = this.#shown.end
    this.#note(this.#shown.push(part), counts)
    if (!isText) this.#ownParts.add(from, this.#shown.end)
    if (this.#shown.over === '') return
    if (isText && this.#rest.length < REST_UNITS) this.#rest += this.#shown.over
    this.#shown.over = ''
  }

  /** What is shown now. */
  #note (part: string, counts: boolean): void {
    this.#fences.push(part)
    this.#visible ||= counts && hasVisible(part)
  }
}

/** @param fence What closes the code fence in it. */
function closeThinking (fence: string): string {
  return `${fence}${fence === '' ? '' : '\n'}${THINK_END}`
}
