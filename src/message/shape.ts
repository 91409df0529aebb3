import { catalogued, rowOf } from './lookup.js'
import { isObject, setField, NumberText, type MessageObject } from './object.js'
import { SHARED } from './table/shared.js'
import type { Kind, Scene } from './kind.js'

/** What the catalogue says of a field. */
interface Field {
  name: string
  is: 'text' | 'number' | 'object'
  list: boolean
  fields: Shape
}

type Shape = Map<string, Field>

const NONE: Shape = new Map()

/** Brings a message, read from XML or JSON, into the one shape that handlers see (docs/messages.md). */
export function shapeMessage (message: MessageObject, { scene, key }: Kind): MessageObject {
  return shapeObject(message, shapeOf(scene, key))
}

/** Fields that WeCom pads with stray blanks in its own samples, and that tell kinds apart. */
const TRIMMED = new Set(['MsgType', 'Event', 'InfoType', 'ChangeType', 'EventType', 'msgtype', 'eventtype'])

function shapeObject (object: MessageObject, shape: Shape): MessageObject {
  const shaped: MessageObject = {}
  for (const [name, value] of Object.entries(object)) {
    const field = fieldOf(name, shape, object, shaped)
    const now = field === undefined ? asSent(value) : shapeField(value, field)
    if (now !== undefined) setField(shaped, field?.name ?? name, now)
  }
  return shaped
}

/** A field that came in both its spellings is the one that WeCom documents; the other is one that nobody knows. */
function fieldOf (name: string, shape: Shape, object: MessageObject, shaped: MessageObject): Field | undefined {
  const field = shape.get(name)
  return field === undefined || field.name === name || !(Object.hasOwn(object, field.name) || Object.hasOwn(shaped, field.name)) ? field : undefined
}

function shapeField (value: unknown, field: Field): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map(item => shapeValue(item, field))
  const shaped = shapeValue(value, field)
  return field.list ? [shaped] : shaped
}

function shapeValue (value: unknown, { name, is, fields }: Field): unknown {
  if (isObject(value)) return is === 'object' ? withLists(shapeObject(value, fields), fields) : asSent(value)
  if (Array.isArray(value) || value === null) return asSent(value)
  const text = value instanceof NumberText ? value.text : String(value)
  if (is === 'number') return toQuantity(text)
  if (is === 'object') return text.trim() === '' ? withLists({}, fields) : text
  return TRIMMED.has(name) ? text.trim() : text
}

/** An empty container of a list, `<PicList></PicList>`, holds an empty list: handlers needn't ask. */
function withLists (object: MessageObject, fields: Shape): MessageObject {
  if (Object.keys(object).length > 0) return object
  for (const { name, list } of fields.values()) {
    if (list) setField(object, name, [])
  }
  return object
}

/** What the catalogue doesn't know: JSON numbers where JavaScript holds them exactly, their text elsewhere. */
function asSent (value: unknown): unknown {
  if (value instanceof NumberText) return exactly(value.text) ?? value.text
  if (Array.isArray(value)) return value.map(asSent)
  return isObject(value) ? shapeObject(value, NONE) : value
}

/** Text that is no finite number stays what it was. */
function toQuantity (text: string): number | string {
  return /^\s*[+-]?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(text) ? exactly(text) ?? text : text
}

function exactly (text: string): number | undefined {
  const number = Number(text)
  return Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number)) ? number : undefined
}

const shapes = new Map<string, Shape>()

/** Read on first use, so that starting up costs nothing. Only keys of the catalogue are kept: a sender cannot grow it. */
function shapeOf (scene: Scene, key: string): Shape {
  const name = `${scene} ${catalogued(key) ?? 'unknown'}`
  let shape = shapes.get(name)
  if (shape === undefined) {
    shape = readShape(`${SHARED[scene]} ${rowOf(key)}`)
    if (scene === 'groupbot') addSnakeCase(shape)
    shapes.set(name, shape)
  }
  return shape
}

/**
 * Reads `CreateTime# BatchJob{JobId ErrCode#} Item*{Name Type#}`: `#` marks a number, `*` a list, braces an object; the rest is
 * text. What stands later wins.
 */
function readShape (notation: string): Shape {
  const stack: Shape[] = [new Map()]
  for (const [, close, name, number, list, open] of notation.matchAll(/(\})|([^\s{}#*]+)(#)?(\*)?(\{)?/g)) {
    if (close !== undefined) {
      stack.pop()
      continue
    }
    const fields: Shape = open === undefined ? NONE : new Map()
    stack.at(-1)?.set(name as string, { name: name as string, is: open !== undefined ? 'object' : number !== undefined ? 'number' : 'text', list: list !== undefined, fields })
    if (open !== undefined) stack.push(fields)
  }
  return stack[0] as Shape
}

/** Group robots with robot_callback_format=json send `chat_id` or `chatid` for ChatId (page 99399): handlers see ChatId. */
function addSnakeCase (shape: Shape): void {
  for (const [name, field] of [...shape]) {
    addSnakeCase(field.fields)
    shape.set(name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase(), field)
    shape.set(name.toLowerCase(), field)
  }
}
