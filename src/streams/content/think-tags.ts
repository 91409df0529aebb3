import { heldFrom } from './tag-defuser.js'

const OPEN = /^<(?:think|thinking|thought)>/i
const OPENING = ['<think>', '<thinking>', '<thought>']
const CLOSE = /<\/(?:think|thinking|thought)>/i
const CLOSING = ['</think>', '</thinking>', '</thought>']

/** Takes what is told apart. */
export interface ThinkTagsSink {
  text (part: string): void
  thinking (part: string): void
}

/**
 * Tells the thinking that models write into their text, between tags before anything else, from the text. Tags may be
 * split anywhere; any closing one ends the thinking, as models mix them up. White space before an opening one belongs
 * to neither.
 */
export class ThinkTags {
  #state: 'lead' | 'tag' | 'text' = 'lead'
  readonly #sink: ThinkTagsSink
  /** White space before the first text. */
  #blank = ''
  /** What may become a tag. */
  #held = ''

  constructor (sink: ThinkTagsSink) {
    this.#sink = sink
  }

  /** Whether there has been text. */
  get begun (): boolean {
    return this.#state === 'text'
  }

  /** What is text if nothing follows. */
  get held (): string {
    return this.#state === 'lead' ? this.#blank + this.#held : ''
  }

  push (part: string): void {
    let left = this.#held + part
    this.#held = ''
    while (left !== '') left = this.#step(left)
  }

  /** Nothing follows. */
  finish (): void {
    const { held } = this
    if (this.#state === 'tag') this.#sink.thinking(this.#held)
    this.#held = ''
    if (held !== '') this.#begin(held)
  }

  /** Returns what is still to be looked at. */
  #step (text: string): string {
    if (this.#state === 'text') this.#sink.text(text)
    else return this.#state === 'tag' ? this.#inTag(text) : this.#lead(text)
    return ''
  }

  #lead (text: string): string {
    const left = text.trimStart()
    this.#blank += text.slice(0, text.length - left.length)
    const tag = OPEN.exec(left)
    if (tag !== null) {
      this.#blank = ''
      this.#state = 'tag'
      return left.slice(tag[0].length)
    }
    if (heldFrom(left, OPENING) === 0) this.#held = left
    else this.#begin(this.#blank + left)
    return ''
  }

  #inTag (text: string): string {
    const tag = CLOSE.exec(text)
    const end = tag === null ? heldFrom(text, CLOSING) : tag.index
    if (end > 0) this.#sink.thinking(text.slice(0, end))
    if (tag === null) {
      this.#held = text.slice(end)
      return ''
    }
    this.#state = 'lead'
    return text.slice(end + tag[0].length)
  }

  #begin (text: string): void {
    this.#state = 'text'
    this.#blank = ''
    this.#sink.text(text)
  }
}
