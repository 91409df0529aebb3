/** Where a content has what is no text: thinking, and what stands around it. */
export class OwnParts {
  /** From and to, again and again. */
  readonly #bounds: number[] = []

  add (from: number, to: number): void {
    if (this.#bounds.at(-1) === from) this.#bounds[this.#bounds.length - 1] = to
    else if (to > from) this.#bounds.push(from, to)
  }

  has (index: number): boolean {
    return this.#bounds.filter(bound => bound <= index).length % 2 === 1
  }

  /** What of the content is text from here on. */
  textFrom (start: number, content: string): string {
    let text = ''
    let from = start
    for (let at = 0; at < this.#bounds.length; at += 2) {
      const [begin, end] = [this.#bounds[at] as number, this.#bounds[at + 1] as number]
      if (begin > from) text += content.slice(from, begin)
      from = Math.max(from, end)
    }
    return text + content.slice(from)
  }
}
