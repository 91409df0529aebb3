/** How many names of a document are kept: more than nearly every message has. */
const PLACES = 64
const LONGEST = 32

/**
 * The names of the last document of a sort. The next document mostly has the same names at the same places, so a reader
 * compares instead of cutting out. Of two texts only the one that was kept is known to V8 as the name of a field: what
 * was just cut out it would have to look up.
 *
 * What strangers send stands there until the next document. Each format has names of its own, as what is a name in JSON
 * may be none in XML.
 */
export interface LastNames<Format extends 'xml' | 'json'> {
  readonly format: Format
  /** In their order; `''` where none is kept. */
  readonly names: string[]
}

export function noNamesYet<Format extends 'xml' | 'json'> (format: Format): LastNames<Format> {
  return { format, names: Array.from({ length: PLACES }, () => '') }
}

/** Keeps a name that was not expected at a place, and gives it as it is kept. */
export function keepName (names: string[], place: number, name: string): string {
  if (place >= PLACES || name.length > LONGEST) return name
  // Holds nothing of the text that it was cut out of.
  const kept = Object.keys({ [name]: 0 })[0] as string
  names[place] = kept
  return kept
}
