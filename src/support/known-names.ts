/** How many names of a document are expected again: more than nearly every message has. */
const PLACES = 64
const LONGEST = 32

/**
 * The names of the last document of a sort (XML envelopes, JSON messages, …). The next one mostly has the same names at
 * the same places, so a reader compares instead of cutting out. What strangers send stands there until the next
 * document. Each format has names of its own, as what is a name in JSON may be none in XML.
 */
export interface LastNames<Format extends 'xml' | 'json'> {
  /** Nobody reads it: by it the compiler refuses the names of one format to the reader of the other. */
  readonly format: Format
  /** In their order; `''` where none is expected. */
  readonly names: string[]
}

export function noNamesYet<Format extends 'xml' | 'json'> (format: Format): LastNames<Format> {
  return { format, names: Array.from({ length: PLACES }, () => '') }
}

/** Expects, at this place of the next document, a name that `nameAt` gave. */
export function expectName (names: string[], place: number, name: string): void {
  // A longer one may hold on to the text that it was cut out of.
  if (place < names.length && name.length <= LONGEST) names[place] = name
}

const SLOTS = 2048
/** The last name of each slot. */
const known: string[] = Array.from({ length: SLOTS }, () => '')

/**
 * The name that stands at a place of a text, as `slice` cuts it out, but one and the same text each time: V8 has to
 * look up a text that was just cut out before it can be the name of a field. Messages have few names.
 */
export function nameAt (text: string, start: number, end: number): string {
  const length = end - start
  if (length < 1 || length > LONGEST) return text.slice(start, end)
  const slot = slotOf(length, text.charCodeAt(start), text.charCodeAt(start + 2), text.charCodeAt(end - 1))
  const last = known[slot] as string
  if (last.length === length && text.startsWith(last, start)) return last
  const name = interned(text.slice(start, end))
  known[slot] = name
  return name
}

/** By these factors, those of one message and its envelope have different ones, in nearly every kind. */
function slotOf (length: number, first: number, third: number, last: number): number {
  return (length + 3 * first + 33 * third + 59 * last) & (SLOTS - 1)
}

/** Holds nothing of the text that it was cut out of. */
function interned (name: string): string {
  return Object.keys({ [name]: 0 })[0] as string
}
