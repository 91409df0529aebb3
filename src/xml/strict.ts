import { expectName, nameAt, noNamesYet, type LastNames } from '../support/known-names.js'
import { MAX_DEPTH, MAX_ELEMENTS, MAX_NAME } from './skeleton.js'
import { Repeated } from './repeated.js'

/** What `<xml>` holds, by name: a text, further elements, or a `Repeated` of them. */
export interface XmlFields { [name: string]: string | XmlFields | Repeated }

/** A document of the form that WeCom writes. */
export interface StrictXml {
  fields: XmlFields
  /** Whether a name comes several times in one element; then it does so right behind itself. */
  repeats: boolean
}

/**
 * Reads a document of the one form that WeCom writes, in one walk: `<xml>` with elements of plain names, each of which
 * holds one CDATA section, or plain text, or further elements; blanks as layout only. At anything else, were it good
 * XML or not, it gives up and the reader of all XML (read.ts) decides: only what both would read alike is read here.
 *
 * No step looks further than it moves on, so that a hostile document costs no more than a good one of its length.
 *
 * @param elements how many there may be at most
 * @param last the names of the last document of this sort; this one's take their place
 */
export function readStrictXml (
  text: string, elements = MAX_ELEMENTS, last: LastNames<'xml'> = noNamesYet('xml')
): StrictXml | undefined {
  // A reader of XML makes `\n` of it, within CDATA too.
  if (!text.startsWith('<xml>') || text.includes('\r')) return undefined
  const reader = new Reader(text, elements - 1, last.names)
  const fields = reader.children('xml', 1)
  return fields === undefined || reader.at !== text.length ? undefined : { fields, repeats: reader.repeats }
}

const CDATA = '<![CDATA['
const CDATA_END = ']]>'

const TAB = 0x09
const LINE_FEED = 0x0a
const BLANK = 0x20
const EXCLAMATION = 0x21
const AMPERSAND = 0x26
const HYPHEN = 0x2d
const SLASH = 0x2f
const LESS = 0x3c
const GREATER = 0x3e
const UNDERSCORE = 0x5f

/** Every method returns `undefined` or `false` where the document has another form; nothing is read any more then. */
class Reader {
  /** What has been read ends here. */
  at = '<xml>'.length
  repeats = false
  private opened = 0

  constructor (readonly text: string, private readonly most: number, private readonly names: string[]) {}

  /** The elements in an element of this name and level, from behind its tag to behind its closing tag: at least one. */
  children (parent: string, depth: number): XmlFields | undefined {
    const fields: XmlFields = {}
    let last = ''
    for (;;) {
      this.skipBlanks()
      if (this.text.charCodeAt(this.at) !== LESS) return undefined
      if (this.text.charCodeAt(this.at + 1) === SLASH) return last !== '' && this.close(parent) ? fields : undefined
      const name = this.open()
      if (name === undefined) return undefined
      const value = this.content(name, depth)
      if (value === undefined) return undefined
      // Names that every object has (`constructor`) look as if they came before, and so are given up.
      const earlier = fields[name]
      if (earlier === undefined) {
        fields[name] = value
      } else if (name === last) {
        this.repeats = true
        if (earlier instanceof Repeated) earlier.push(value)
        else fields[name] = Repeated.of(earlier, value)
      } else {
        return undefined
      }
      last = name
    }
  }

  private content (name: string, depth: number): string | XmlFields | undefined {
    if (this.text.charCodeAt(this.at) !== LESS) return this.plainText(name, depth)
    const next = this.text.charCodeAt(this.at + 1)
    if (next === EXCLAMATION) return this.section(name)
    if (next === SLASH) return this.close(name) ? '' : undefined
    return this.nested(name, depth)
  }

  /** The elements in an element one level below `depth`. */
  private nested (name: string, depth: number): XmlFields | undefined {
    return depth + 1 < MAX_DEPTH ? this.children(name, depth + 1) : undefined
  }

  /** One CDATA section and nothing beside it: a `]]>` that ends no element may be one that a user typed. */
  private section (name: string): string | undefined {
    if (!this.text.startsWith(CDATA, this.at)) return undefined
    const start = this.at + CDATA.length
    const end = this.text.indexOf(CDATA_END, start)
    if (end < 0) return undefined
    this.at = end + CDATA_END.length
    return this.close(name) ? this.text.slice(start, end) : undefined
  }

  /** Text without markup; blanks alone may be the layout before a first element. */
  private plainText (name: string, depth: number): string | XmlFields | undefined {
    const start = this.at
    let blank = true
    let end = start
    for (; ; end++) {
      const code = this.text.charCodeAt(end)
      if (code === LESS) break
      // It is NaN at the end of the document.
      if (code === AMPERSAND || code === GREATER || Number.isNaN(code)) return undefined
      if (!isBlank(code)) blank = false
    }
    this.at = end
    if (this.text.charCodeAt(end + 1) === SLASH) return this.close(name) ? this.text.slice(start, end) : undefined
    return blank ? this.nested(name, depth) : undefined
  }

  /** Behind `<name>`. */
  private open (): string | undefined {
    const { text } = this
    const place = this.opened++
    if (place >= this.most) return undefined
    const start = this.at + 1
    const last = this.names[place] ?? ''
    if (last !== '' && text.startsWith(last, start) && text.charCodeAt(start + last.length) === GREATER) {
      this.at = start + last.length + 1
      return last
    }
    let end = start
    while (end - start <= MAX_NAME && isNameCharacter(text.charCodeAt(end))) end++
    if (text.charCodeAt(end) !== GREATER || end - start > MAX_NAME || !isLetter(text.charCodeAt(start))) {
      return undefined
    }
    this.at = end + 1
    const name = nameAt(text, start, end)
    // The third of the names that setField leaves out; `__proto__` begins with no letter.
    if (name === 'prototype') return undefined
    expectName(this.names, place, name)
    return name
  }

  /** Behind `</name>`, or false where that does not come here. */
  private close (name: string): boolean {
    const { text, at } = this
    const end = at + 2 + name.length
    if (text.charCodeAt(at) !== LESS || text.charCodeAt(at + 1) !== SLASH) return false
    if (text.charCodeAt(end) !== GREATER || !text.startsWith(name, at + 2)) return false
    this.at = end + 1
    return true
  }

  private skipBlanks (): void {
    while (isBlank(this.text.charCodeAt(this.at))) this.at++
  }
}

function isBlank (code: number): boolean {
  return code === BLANK || code === LINE_FEED || code === TAB
}

function isLetter (code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}

function isNameCharacter (code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39) || code === UNDERSCORE || code === HYPHEN
}
