import { closes, openedBy, withoutQuotes, type CodeFence } from './code-fence.js'

/** Knows whether a markdown text that grows has a code fence open at its end. */
export class FenceTracker {
  /** What the last line has so far. */
  line = ''
  /** The fence that is open before the last line. */
  before: CodeFence | undefined
  #inList = false
  #afterReturn = false

  push (part: string): void {
    if (part === '') return
    // A line end may be split, too.
    const lines = (this.#afterReturn && part.startsWith('\n') ? part.slice(1) : part).split(/\r\n|\n|\r/)
    this.#afterReturn = part.endsWith('\r')
    this.line += lines[0] as string
    for (let at = 1; at < lines.length; at++) {
      this.#endLine()
      this.line = lines[at] as string
    }
  }

  /** The fence that is open where the text ends here. */
  get open (): CodeFence | undefined {
    return this.line === '' ? this.before : this.after(this.line)
  }

  /** The fence that is open after the last line, where this is all of it. */
  after (line: string): CodeFence | undefined {
    const { before } = this
    const inside = before === undefined ? undefined : withoutQuotes(line, before.depth)
    // A fence ends with the quote that it stands in.
    if (before === undefined || inside === undefined) return openedBy(line, this.#inList)
    return closes(inside, before) ? undefined : before
  }

  /** What closes the fence that is open; '' where none is. */
  get closing (): string {
    const fence = this.open
    return fence === undefined ? '' : `${this.line === '' ? '' : '\n'}${fence.prefix}${fence.marks}`
  }

  /** The same with this appended. */
  closingAfter (part: string): string {
    if (part === '') return this.closing
    const copy = new FenceTracker()
    copy.line = this.line
    copy.before = this.before
    copy.#inList = this.#inList
    copy.#afterReturn = this.#afterReturn
    copy.push(part)
    return copy.closing
  }

  #endLine (): void {
    const { before, line } = this
    this.before = this.after(line)
    if (before === undefined) this.#inList = LIST_ITEM.test(line) || (this.#inList && GOES_ON.test(line))
  }
}

/** Items of a list have blank lines, and indented ones. */
const GOES_ON = /^(?:[ \t]*> ?)*(?:[ \t]|$)/
const LIST_ITEM = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/
