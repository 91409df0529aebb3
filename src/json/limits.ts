/** What may be wrong with a JSON text before it is parsed. */
export type JsonFault = 'depth' | 'size' | 'repeated key'

/** How much a JSON text may hold. */
export interface JsonBounds {
  depth: number
  /** Values in objects and lists, all together. */
  size: number
}

/**
 * Looks through a JSON text without parsing it, and names the first thing that is wrong: parsers recurse, and let a key
 * pass that comes twice. Whether the text is JSON at all is left to the parser.
 *
 * @param unique which keys may not come twice in one object; `depth` is 1 in the outermost. Default: all
 */
export function checkJsonLimits (
  text: string,
  bounds: JsonBounds,
  unique: (key: string, depth: number) => boolean = () => true
): JsonFault | undefined {
  const open: Array<Set<string>> = []
  let values = 0
  let named = 0
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
      // Where commas are missing it is no JSON, which the parser would say in the end.
      if (++named > bounds.size + bounds.depth) return 'size'
      const key = unescaped(text.slice(start, at))
      const keys = open.at(-1)
      if (keys?.has(key) === true && unique(key, open.length)) return 'repeated key'
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
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}

const ESCAPED: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Two spellings of one key are one. By hand, as the parser throws for each faulty escape; those are left as they are,
 * for it to refuse.
 */
function unescaped (key: string): string {
  // Long ones are names that nobody knows, however they are spelled.
  return key.length > 1024 || !key.includes('\\')
    ? key
    : key.replace(/\\(?:u([\da-f]{4})|(["\\/bfnrt]))/gi, (_all, hex: string | undefined, one: string) =>
      hex === undefined ? (ESCAPED[one] ?? one) : String.fromCharCode(parseInt(hex, 16))
    )
}
