/** What may be wrong with a JSON text before it is parsed. */
export type JsonFault = 'depth' | 'size' | 'repeated key'

/** How much a JSON text may hold. */
export interface JsonBounds {
  depth: number
  /** Values in objects and lists, all together. */
  size: number
}

/**
 * Looks through a JSON text without parsing it, and names the first thing that is wrong: parsers recurse, and let a key pass
 * that comes twice. Whether the text is JSON at all is left to the parser.
 */
export function surveyJson (text: string, bounds: JsonBounds): JsonFault | undefined {
  const open: Array<Set<string>> = []
  let values = 0
  // By hand, as a pattern for strings takes a quadratic time for one that is not closed.
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.push(new Set()) > bounds.depth) return 'depth'
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ',') {
      if (++values > bounds.size) return 'size'
    } else if (character === '"') {
      const start = at + 1
      at = endOfString(text, start)
      if (!isKey(text, at)) continue
      const key = unescaped(text.slice(start, at))
      const keys = open.at(-1)
      if (keys?.has(key) === true) return 'repeated key'
      keys?.add(key)
    }
  }
}

/** Where the closing quote is, or the end of the text. */
function endOfString (text: string, start: number): number {
  let at = start
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function isKey (text: string, quote: number): boolean {
  let at = quote + 1
  while (at < text.length && /\s/.test(text[at] as string)) at++
  return text[at] === ':'
}

/** Two spellings of one key are one. Faulty escapes are left for the parser to refuse. */
function unescaped (key: string): string {
  if (!key.includes('\\')) return key
  try {
    return JSON.parse(`"${key}"`)
  } catch {
    return key
  }
}
