/** How many taken places are kept before the array is cut. */
const MOST_TAKEN = 1_000

/** First in, first out. A Map would walk over its deleted entries each time, `shift()` of an array move all others. */
export class Queue<T extends object> {
  #items: Array<T | undefined> = []
  #next = 0

  get first (): T | undefined {
    return this.#items[this.#next]
  }

  push (item: T): void {
    this.#items.push(item)
  }

  shift (): T | undefined {
    const item = this.#items[this.#next]
    if (item === undefined) return undefined
    this.#items[this.#next++] = undefined
    if (this.#next === this.#items.length || (this.#next > MOST_TAKEN && this.#next > this.#items.length / 2)) {
      this.#items = this.#items.slice(this.#next)
      this.#next = 0
    }
    return item
  }
}
