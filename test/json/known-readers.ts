import { parse } from 'lossless-json'
import { NumberText, type JsonBounds } from '../../src/json/read.js'

/**
 * What the reader must equal: lossless-json, behind a look through the text for what no parser minds. It shares no code
 * with the reader.
 *
 * @throws Error for what is to be refused
 */
export function readByKnownReaders (text: string, bounds: JsonBounds): unknown {
  const fault = survey(text, bounds, () => true)
  if (fault !== undefined) throw new Error(fault)
  return parse(text, undefined, { parseNumber: number => new NumberText(number) })
}

/** The same for an envelope, in which few keys may not come twice: JSON.parse, with numbers as JavaScript has them. */
export function parseByKnownReaders (text: string, bounds: JsonBounds, unique: (key: string, depth: number) => boolean): unknown {
  const fault = survey(text, bounds, unique)
  if (fault !== undefined) throw new Error(fault)
  return JSON.parse(text)
}

/** The first thing that is wrong beside the grammar. */
export function survey (text: string, bounds: JsonBounds, unique: (key: string, depth: number) => boolean): 'depth' | 'size' | 'repeated key' | undefined {
  const open: Array<Set<string>> = []
  let values = 0
  let named = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:[ \n\r\t]*:)?|[[\]{},]/gs)) {
    if (token === '{' || token === '[') {
      if (open.push(new Set()) > bounds.depth) return 'depth'
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (token === ',') {
      if (++values > bounds.size) return 'size'
    } else if (token.endsWith(':')) {
      if (++named > bounds.size + bounds.depth) return 'size'
      const key = unescaped(token.slice(0, token.lastIndexOf('"') + 1))
      if (open.at(-1)?.has(key) === true && unique(key, open.length)) return 'repeated key'
      open.at(-1)?.add(key)
    }
  }
}

function unescaped (quoted: string): string {
  try {
    return JSON.parse(quoted)
  } catch {
    return quoted
  }
}
