import { parse } from 'lossless-json'
import { jsonDepth } from '../json-depth.js'
import { MessageFault, setField, shapeMessage, type MessageObject } from './object.js'

/** WeCom's deepest JSON nests 8 levels. */
const MAX_DEPTH = 64

/** A JSON object; integers beyond 2^53 become text, a key given twice with two values is refused. */
export function parseJsonMessage (text: string): MessageObject {
  // lossless-json recurses; this keeps the stack out of a sender's hands.
  if (jsonDepth(text) > MAX_DEPTH) throw new MessageFault(`more than ${MAX_DEPTH} levels`)
  let value: unknown
  try {
    value = parse(text, undefined, { parseNumber: toNumber })
  } catch (error) {
    throw new MessageFault(/duplicate key/i.test(String(error)) ? 'a key that is there twice' : 'no well-formed JSON')
  }
  return shapeMessage(inert(value) as MessageObject)
}

/** A number where JavaScript holds it exactly as an integer or at all as a fraction; its text elsewhere. */
function toNumber (text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number)) ? number : text
}

function inert (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inert)
  if (typeof value !== 'object' || value === null) return value
  const object: MessageObject = {}
  for (const [name, field] of Object.entries(value)) setField(object, name, inert(field))
  return object
}
