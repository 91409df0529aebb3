import { expectName, nameAt, noNamesYet, type LastNames } from '../support/known-names.js'
import { setOwn } from '../support/own-fields.js'

/** How much a JSON text may hold. */
export interface JsonBounds {
  depth: number
  /** Values in objects and lists, all together. */
  size: number
}

/** Why a text was not read. May be logged: its message never quotes the text. */
export class JsonFault extends Error {
  constructor (readonly what: 'depth' | 'size' | 'repeated key' | 'syntax', message: string) {
    super(message)
  }
}

/** A number as it was written: one that stands for an id may have more digits than JavaScript holds. */
export class NumberText {
  constructor (readonly text: string) {}
}

/**
 * Reads what JSON.parse reads, in one pass that also bounds depth and amount, keeps numbers as they were written, and
 * refuses a key that comes twice in one object, however it is spelled: nobody can tell which one counts.
 *
 * @param unique which keys may not come twice; `depth` is 1 in the outermost object. Default: all. Of others the last
 * one counts, as for JSON.parse
 * @param last the names of the last text of this sort; this one's take their place
 * @throws JsonFault
 */
export function readJson (
  text: string,
  bounds: JsonBounds,
  unique: (key: string, depth: number) => boolean = always,
  last: LastNames<'json'> = noNamesYet('json')
): unknown {
  return new Reader(text, bounds, unique, last.names).document()
}

const always = (): boolean => true

const TAB = 9
const LINE_FEED = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const ZERO = 48
const NINE = 57
const COLON = 58
const LIST = 91
const BACKSLASH = 92
const LIST_END = 93
const OBJECT = 123
const OBJECT_END = 125

// eslint-disable-next-line no-control-regex -- what a string may only hold escaped
const CONTROL = /[\u0000-\u001f]/
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORDS: ReadonlyArray<[string, boolean | null]> = [['true', true], ['false', false], ['null', null]]

class Reader {
  private at = 0
  private depth = 0
  private values = 0
  private named = 0
  /**
   * Nothing in the text is escaped, and nothing would have to be. Looked up once: then a string is all that stands
   * between two quotes, and is found at the speed of `indexOf` instead of character by character.
   */
  private readonly plain: boolean

  constructor (
    private readonly text: string,
    private readonly bounds: JsonBounds,
    private readonly unique: (key: string, depth: number) => boolean,
    private readonly names: string[]
  ) {
    this.plain = !text.includes('\\') && !CONTROL.test(text)
  }

  document (): unknown {
    const value = this.value()
    this.peek()
    if (this.at < this.text.length) throw this.syntax()
    return value
  }

  private value (): unknown {
    const code = this.peek()
    if (code === QUOTE) return this.string()
    if (code === OBJECT) return this.object()
    if (code === LIST) return this.list()
    return this.numberText() ?? this.word()
  }

  private object (): Record<string, unknown> {
    this.enter()
    const object: Record<string, unknown> = {}
    let more = this.peek() !== OBJECT_END
    if (!more) this.at++
    while (more) {
      if (this.peek() !== QUOTE) throw this.syntax()
      const key = this.name()
      if (this.peek() !== COLON) throw this.syntax()
      this.at++
      if (this.named > this.bounds.size + this.bounds.depth) throw this.tooMany()
      // Nearly every key reads as undefined, which tells as much and sooner.
      if (object[key] !== undefined && Object.hasOwn(object, key) && this.unique(key, this.depth)) {
        throw new JsonFault('repeated key', 'a key that is there twice')
      }
      const value = this.value()
      setOwn(object, key, value)
      more = this.goesOn(OBJECT_END)
    }
    this.depth--
    return object
  }

  private list (): unknown[] {
    this.enter()
    const list: unknown[] = []
    let more = this.peek() !== LIST_END
    if (!more) this.at++
    while (more) {
      list.push(this.value())
      more = this.goesOn(LIST_END)
    }
    this.depth--
    return list
  }

  private enter (): void {
    this.at++
    if (++this.depth > this.bounds.depth) throw new JsonFault('depth', `more than ${this.bounds.depth} levels`)
  }

  /** Behind a value: past the comma, or past the end of what it is in. */
  private goesOn (end: number): boolean {
    const code = this.peek()
    this.at++
    if (code === end) return false
    if (code !== COMMA) throw this.syntax()
    if (++this.values > this.bounds.size) throw this.tooMany()
    return true
  }

  private name (): string {
    const { text } = this
    const place = this.named++
    const last = this.names[place] ?? ''
    const start = this.at + 1
    if (last !== '' && text.startsWith(last, start) && text.charCodeAt(start + last.length) === QUOTE) {
      this.at = start + last.length + 1
      return last
    }
    const name = this.string(nameAt)
    // Of its own length in the text, it is written there without an escape.
    if (this.at === start + name.length + 1) expectName(this.names, place, name)
    return name
  }

  /** @param cut how what needs no unescaping is cut out */
  private string (cut = slice): string {
    const { text } = this
    const start = this.at + 1
    let end = text.indexOf('"', start)
    if (!this.plain) while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
    if (end < 0) throw this.syntax()
    this.at = end + 1
    const string = cut(text, start, end)
    if (this.plain || !(string.includes('\\') || CONTROL.test(string))) return string
    try {
      return JSON.parse(text.slice(start - 1, end + 1))
    } catch {
      throw this.syntax()
    }
  }

  private numberText (): NumberText | undefined {
    const { text } = this
    const start = this.at
    let at = start
    let code = text.charCodeAt(at)
    if (code > ZERO && code <= NINE) {
      do code = text.charCodeAt(++at); while (code >= ZERO && code <= NINE)
    }
    // Mostly it is a few digits, which a pattern would take longer for.
    if (at === start || !(code === COMMA || code === OBJECT_END)) {
      NUMBER.lastIndex = start
      if (!NUMBER.test(text)) return undefined
      at = NUMBER.lastIndex
    }
    this.at = at
    return new NumberText(text.slice(start, at))
  }

  private word (): boolean | null {
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    throw this.syntax()
  }

  /** The next character but white space, which is not taken yet; NaN at the end. */
  private peek (): number {
    let code = this.text.charCodeAt(this.at)
    while (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB) {
      code = this.text.charCodeAt(++this.at)
    }
    return code
  }

  private tooMany (): JsonFault {
    return new JsonFault('size', `more than ${this.bounds.size} values`)
  }

  /** Of a flood that is no JSON either, it being a flood is what there is to say. */
  private syntax (): JsonFault {
    const { text, bounds } = this
    let names = 0
    for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
      if (++names > bounds.size + bounds.depth) return this.tooMany()
    }
    return new JsonFault('syntax', 'no well-formed JSON')
  }
}

function slice (text: string, start: number, end: number): string {
  return text.slice(start, end)
}

/** An odd number of backslashes in front of a quote makes it a part of the string. */
function isEscaped (text: string, quote: number): boolean {
  let at = quote
  while (text.charCodeAt(at - 1) === BACKSLASH) at--
  return (quote - at) % 2 === 1
}
