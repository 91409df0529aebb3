/** Joins surrogate pairs that come in two chunks; a half without the other is left out. */
export class SurrogateJoiner {
  #half = ''

  push (part: string): string {
    let text = this.#half + part
    this.#half = ''
    if (isHigh(text.charCodeAt(text.length - 1))) {
      this.#half = text.slice(-1)
      text = text.slice(0, -1)
    }
    return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '')
  }
}

function isHigh (unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
