/** A message as a plain object: WeCom's own field names, text unless a field is known to be a quantity. */
export type MessageObject = Record<string, unknown>

/** Why a text is no message. May be logged: it never quotes the text. */
export class MessageFault extends Error {}

/** WeCom's own field names never collide with these; as properties they would reach into every object. */
const INERT = new Set(['__proto__', 'constructor', 'prototype'])

/** Sets a field; names that JavaScript gives a meaning to are left out. */
export function setField (object: MessageObject, name: string, value: unknown): void {
  if (!INERT.has(name)) object[name] = value
}

/** Fields that WeCom pads with stray blanks in its own samples, and that route. */
const TRIMMED = ['MsgType', 'Event', 'InfoType', 'ChangeType']

/** Quantities: numbers in both formats. Everything else that XML sends is text. */
const QUANTITIES = new Set(['CreateTime', 'TimeStamp', 'Location_X', 'Location_Y', 'Scale', 'Latitude', 'Longitude', 'Precision'])

/** Identifiers: text in both formats, though WeCom's JSON writes them as numbers. */
const IDENTIFIERS = new Set(['MsgId', 'AgentID'])

/** Brings a top level, read from XML or JSON, into the one shape that handlers see. */
export function shapeMessage (message: MessageObject): MessageObject {
  for (const [name, value] of Object.entries(message)) {
    if (typeof value === 'string' && TRIMMED.includes(name)) message[name] = value.trim()
    if (typeof value === 'string' && QUANTITIES.has(name)) message[name] = toQuantity(value)
    if (typeof value === 'number' && IDENTIFIERS.has(name)) message[name] = String(value)
  }
  if (Object.keys(message).length === 0) throw new MessageFault('one without fields')
  return message
}

/** Text that is no finite number stays what it was. */
function toQuantity (text: string): number | string {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text
}
