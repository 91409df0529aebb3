import { parse } from 'lossless-json'
import { checkJsonLimits } from '../json/limits.js'
import { MessageFault, NumberText, type MessageObject } from './object.js'

/** WeCom's deepest JSON nests 8 levels, its longest lists hold 1000 ids; the rest is room. */
const BOUNDS = { depth: 64, size: 20_000 }

const FAULTS = {
  depth: `more than ${BOUNDS.depth} levels`,
  size: `more than ${BOUNDS.size} values`,
  'repeated key': 'a key that is there twice'
}

/** A JSON object as sent, its numbers as text; a key given twice is refused: nobody can tell which one counts. */
export function parseJsonMessage (text: string): MessageObject {
  const fault = checkJsonLimits(text, BOUNDS)
  if (fault !== undefined) throw new MessageFault(FAULTS[fault])
  try {
    return parse(text, undefined, { parseNumber: text => new NumberText(text) }) as MessageObject
  } catch {
    throw new MessageFault('no well-formed JSON')
  }
}
