import { parse } from 'lossless-json'
import { MessageFault, NumberText, type MessageObject } from './object.js'

/** WeCom's deepest JSON nests 8 levels. */
const MAX_DEPTH = 64

/** A JSON object as it was sent, its numbers as text; a key given twice is refused, as nobody can tell which one counts. */
export function parseJsonMessage (text: string): MessageObject {
  survey(text)
  try {
    return parse(text, undefined, { parseNumber: text => new NumberText(text) }) as MessageObject
  } catch (error) {
    throw new MessageFault(/duplicate key/i.test(String(error)) ? TWICE : 'no well-formed JSON')
  }
}

const TWICE = 'a key that is there twice'

/**
 * lossless-json recurses, so the depth is bounded first, which keeps the stack out of a sender's hands; and it lets a key
 * pass that comes twice with one value.
 */
function survey (text: string): void {
  const open: Array<Set<string>> = []
  // By hand, as a pattern for strings takes a quadratic time for one that is not closed.
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (open.push(new Set()) > MAX_DEPTH) throw new MessageFault(`more than ${MAX_DEPTH} levels`)
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const start = at + 1
      at = endOfString(text, start)
      if (isKey(text, at)) addKey(open.at(-1), unescaped(text.slice(start, at)))
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

function addKey (keys: Set<string> | undefined, key: string): void {
  if (keys?.has(key) === true) throw new MessageFault(TWICE)
  keys?.add(key)
}

/** Faulty escapes are left for the parser to refuse. */
function unescaped (key: string): string {
  return key.replace(/\\u([\da-f]{4})|\\(["\\/])/gi, (_escape, code, character) => character ?? String.fromCharCode(parseInt(code as string, 16)))
}
