import { MAX_DEPTH } from '../xml/skeleton.js'
import { holdsLists, type Field, type Shape } from './shape.js'

/**
 * One way to read a message of WeCom's. WeCom puts what a user typed into CDATA as it is: `]]>` is not split, so the
 * section may seem to end, and elements to follow, within the text. A reading decides where each text ends.
 */
export interface Reading {
  /** Where the texts in CDATA begin and end, in order. */
  sections: Section[]
  /** The first text of each path (`From.UserId`), and whether it stands in a list. */
  values: Map<string, { text: string, own: boolean, listed: boolean }>
  /** The paths of all elements. */
  paths: Set<string>
  /** Whether it came to the end of the document. */
  whole: boolean
  /** Whether the text of one section holds the end of another before it: then that one may have ended there. */
  doubtful: boolean
}

export interface Section {
  name: string
  start: number
  end: number
  /** May hold what a user typed: its end is a matter of choice. */
  free: boolean
}

/** How often a text is to end later than where it first can: by the number of the section. */
export type Choices = ReadonlyMap<number, number>

/**
 * Reads a document with these choices. It has no more than elements and texts, which is what WeCom writes: no comments.
 * An element that is no list comes once: a second one is a sign that the first ended in the middle of a text.
 */
export function readWith (text: string, shape: Shape, choices: Choices, strict = true): Reading {
  const reading: Reading = { sections: [], values: new Map(), paths: new Set(), whole: false, doubtful: false }
  const ended = new Set<string>()
  let at = 0
  let depth = 0

  function blanks (): void {
    while (/\s/.test(text[at] ?? '')) at++
  }

  function open (): { name: string, empty: boolean } | undefined {
    const [tag, name, empty] = match(OPEN, text, at) ?? []
    if (tag === undefined) return undefined
    at += tag.length
    return { name: name as string, empty: empty === '/' }
  }

  /** Behind `</name>`, or false where that does not come here. */
  function close (name: string): boolean {
    const [tag, closed] = match(CLOSE, text, at) ?? []
    if (tag === undefined || closed !== name) return false
    at += tag.length
    return true
  }

  function section (name: string, path: string, free: boolean, listed: boolean): boolean {
    const start = at + CDATA.length
    const number = reading.sections.length
    const end = endAfter(text, name, start, choices.get(number) ?? 0)
    if (end === undefined) return false
    const content = text.slice(start, end.at)
    reading.sections.push({ name, start, end: end.at, free })
    const doubtful = holdsEndOf(content, ended)
    // An id cannot hold what stands between two texts.
    if (doubtful && !free) return false
    reading.doubtful ||= doubtful
    if (free) ended.add(name)
    keep(path, content, !free, listed)
    at = end.behind
    return true
  }

  function keep (path: string, content: string, own: boolean, listed: boolean): void {
    if (!reading.values.has(path)) reading.values.set(path, { text: content, own, listed })
  }

  function content (name: string, path: string, field: Field | undefined, listed: boolean): boolean {
    const before = at
    blanks()
    if (text.startsWith(CDATA, at)) return section(name, path, field?.own !== true, listed)
    if (match(OPEN, text, at) !== undefined) {
      // A text may look like a thousand elements in each other.
      if (++depth > MAX_DEPTH || !children(path, field?.fields ?? NONE, listed)) return false
      depth--
      return close(name)
    }
    at = before
    const end = text.indexOf('<', at)
    if (end < 0) return false
    const plain = text.slice(at, end)
    at = end
    if (plain.includes(']]>') || !close(name)) return false
    keep(path, plain, field?.own === true, listed)
    return true
  }

  function children (parent: string, shape: Shape, listed: boolean): boolean {
    const seen = new Set<string>()
    let last = ''
    for (blanks(); match(OPEN, text, at) !== undefined; blanks()) {
      const { name, empty } = open() as { name: string, empty: boolean }
      const field = shape.get(name)
      if (strict && seen.has(name) && !mayRepeat(field, last === name)) return false
      const path = parent === '' ? name : `${parent}.${name}`
      reading.paths.add(path)
      if (!empty && !content(name, path, field, listed || field?.list === true || seen.has(name))) return false
      seen.add(name)
      last = name
    }
    return true
  }

  blanks()
  if (open()?.name === 'xml' && children('', shape, false) && close('xml')) {
    blanks()
    reading.whole = at === text.length
  }
  return reading
}

/** The choices of places for a section to end: the first `most`, and the last. */
export function endsOf (text: string, { name, start }: Section, most: number): number[] {
  const numbers: number[] = []
  let count = 0
  const pattern = endPattern(name)
  pattern.lastIndex = start
  while (pattern.test(text)) {
    if (count < most) numbers.push(count)
    count++
  }
  if (count > most) numbers.push(count - 1)
  return numbers
}

const NONE: Shape = new Map()
const CDATA = '<![CDATA['
const OPEN = /<([A-Za-z_][\w.-]*)\s*(\/?)>/y
const CLOSE = /<\/([A-Za-z_][\w.-]*)\s*>/y

/** Lists, and right behind itself what holds lists or is not known. */
export function mayRepeat (field: Field | undefined, adjacent: boolean): boolean {
  return field?.list === true || (adjacent && (field === undefined || holdsLists(field)))
}

function match (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

/** `]]>` alone ends nothing: the closing tag of the element has to follow. */
function endAfter (
  text: string, name: string, start: number, choice: number
): { at: number, behind: number } | undefined {
  const pattern = endPattern(name)
  pattern.lastIndex = start
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    if (choice-- === 0) return { at: found.index, behind: pattern.lastIndex }
  }
}

const patterns = new Map<string, RegExp>()

/** `]]>`, blanks and `</name>`. The names come from a sender: few are kept. */
function endPattern (name: string): RegExp {
  const known = patterns.get(name)
  if (known !== undefined) return known
  if (patterns.size > 500) patterns.clear()
  const pattern = new RegExp(`\\]\\]>\\s*</${name.replace(/[.-]/g, '\\$&')}\\s*>`, 'g')
  patterns.set(name, pattern)
  return pattern
}

function holdsEndOf (content: string, names: ReadonlySet<string>): boolean {
  if (!content.includes(']]>')) return false
  return [...content.matchAll(/\]\]>\s*<\/([A-Za-z_][\w.-]*)\s*>/g)].some(([, name]) => names.has(name as string))
}
