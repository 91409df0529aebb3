import { GraphemeLimit } from './grapheme-limit.js'
import { defuse, TagDefuser } from './tag-defuser.js'
import { hasVisible } from './visible.js'

/** Thinking between two pieces of text, as it is shown: in a think tag, or as quoted text. */
export class ThinkingRun {
  readonly quoted: boolean
  /** Something of it is shown. */
  shown = false
  readonly #before: string
  readonly #tags = new TagDefuser()
  readonly #limit: GraphemeLimit
  /** White space that is shown once something visible follows. */
  #blank = ''

  /** @param before What goes before it once there is something to show. */
  constructor ({ quoted, before, limit }: { quoted: boolean, before: string, limit: number }) {
    this.quoted = quoted
    this.#before = before
    this.#limit = new GraphemeLimit(limit)
  }

  /** Bytes that are shown. */
  get bytes (): number {
    return this.#limit.bytes
  }

  /** What `end` would still show. */
  get held (): string {
    const { full, text, end } = this.#limit
    const { held } = this.#tags
    if (full) return ''
    const last = text.slice(end) + (held === '' ? '' : this.#quoteLines(this.#blank) + defuse(held))
    return this.shown || last === '' ? last : this.#before + last
  }

  /** Returns what is to be appended. */
  push (part: string): string {
    return this.#limit.full ? '' : this.#show(this.#limit.push(this.#layOut(this.#tags.push(part))))
  }

  /** The same of what was held back. */
  end (): string {
    if (this.#limit.full) return ''
    const last = this.#limit.push(this.#layOut(this.#tags.flush()))
    return this.#show(last + this.#limit.finish())
  }

  #show (part: string): string {
    if (this.shown || part === '') return part
    this.shown = true
    return this.#before + part
  }

  #layOut (part: string): string {
    if (this.quoted) return this.#quote(part)
    if (this.#limit.text !== '') return part
    this.#blank += part
    return hasVisible(part) ? this.#takeBlank() : ''
  }

  /** White space at both ends is left out. */
  #quote (part: string): string {
    const visible = part.trimEnd()
    if (visible === '') {
      this.#blank += part
      return ''
    }
    const text = this.#takeBlank() + visible
    this.#blank = part.slice(visible.length)
    return this.#quoteLines(text)
  }

  #quoteLines (text: string): string {
    if (!this.quoted) return text
    return (this.#limit.text === '' ? text.trimStart() : text).replaceAll('\r', '').replaceAll('\n', '\n> ')
  }

  #takeBlank (): string {
    const blank = this.#blank
    this.#blank = ''
    return blank
  }
}
