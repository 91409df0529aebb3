import { parse } from 'lossless-json'
import { MessageFault, NumberText, type MessageObject } from './object.js'

/** WeCom's deepest JSON nests 8 levels. */
const MAX_DEPTH = 64

/** A JSON object as it was sent, its numbers as text; a key given twice is refused, as nobody can tell which one counts. */
export function parseJsonMessage (text: string): MessageObject {
  // lossless-json recurses; this keeps the stack out of a sender's hands.
  if (depthOf(text) > MAX_DEPTH) throw new MessageFault(`more than ${MAX_DEPTH} levels`)
  try {
    return parse(text, undefined, { parseNumber: text => new NumberText(text) }) as MessageObject
  } catch (error) {
    throw new MessageFault(/duplicate key/i.test(String(error)) ? 'a key that is there twice' : 'no well-formed JSON')
  }
}

function depthOf (text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character === '\\') i++
      else if (character === '"') quoted = false
    } else if (character === '"') {
      quoted = true
    } else if (character === '{' || character === '[') {
      deepest = Math.max(deepest, ++depth)
    } else if (character === '}' || character === ']') {
      depth--
    }
  }
  return deepest
}
