import { canonicalKey, rowOf } from './lookup.js'
import { isObject, setField, NumberText, Repeated, type MessageObject } from './object.js'
import { SHARED } from './generated/tables/shared.js'
import type { Kind } from './kind.js'

/** What the catalogue says of a field. */
export interface Field {
  name: string
  is: 'text' | 'number' | 'object'
  /** WeCom's own word, an id or a name of a kind: no text that a user typed. */
  own: boolean
  list: boolean
  optional: boolean
  fields: Shape
}

export type Shape = Map<string, Field>

const NONE: Shape = new Map()

/** Brings a message, read from XML or JSON, into the one shape that handlers see (docs/messages.md). */
export function shapeMessage (message: MessageObject, kind: Kind): MessageObject {
  return shapeObject(message, shapeOf(kind))
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
  if (field === undefined || field.name === name) return field
  return Object.hasOwn(object, field.name) || Object.hasOwn(shaped, field.name) ? undefined : field
}

function shapeField (value: unknown, field: Field): unknown {
  if (value === null) return undefined
  if (Array.isArray(value) && !field.list) return shapeField(one(value, field), field)
  if (Array.isArray(value)) return Array.from(value, item => shapeValue(item, field))
  const shaped = shapeValue(value, field)
  return field.list ? [shaped] : shaped
}

/**
 * Of what is no list and came several times: lists in one container, a JSON list of names or ids as WeCom joins them in
 * XML, else the first, as a later one may be forged.
 */
function one (values: unknown[], field: Field): unknown {
  if (holdsLists(field)) return merged(values.filter(isObject))
  const joins = !(values instanceof Repeated) && field.is === 'text' &&
    values.every(value => value instanceof NumberText || typeof value === 'string')
  return joins ? values.map(value => value instanceof NumberText ? value.text : value).join(',') : values[0] ?? null
}

function merged (containers: MessageObject[]): MessageObject {
  const all: MessageObject = {}
  for (const [name, value] of containers.flatMap(container => Object.entries(container))) {
    setField(all, name, Object.hasOwn(all, name) ? [all[name], value].flat() : value)
  }
  return all
}

/** A container such as PicList, which has nothing of its own: it may itself be what repeats. */
export function holdsLists ({ is, fields }: Field): boolean {
  return is === 'object' && fields.size > 0 && [...fields.values()].every(({ list }) => list)
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
  if (Array.isArray(value)) return Array.from(value, asSent)
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

/** Read on first use: starting up costs nothing. Only keys of the catalogue are kept: a sender cannot grow it. */
export function shapeOf ({ product, key }: Kind): Shape {
  const name = `${product} ${canonicalKey(key) ?? 'unknown'}`
  let shape = shapes.get(name)
  if (shape === undefined) {
    shape = readShape(`${SHARED[product]} ${rowOf(key)}`)
    if (product === 'groupbot') addSnakeCase(shape)
    shapes.set(name, shape)
  }
  return shape
}

const NOTATION = /(\})|([^\s{}#!*?]+)([#!])?(\*)?(\?)?(\{)?/g

/**
 * Reads `CreateTime# BatchJob?{JobId! ErrCode#} Item*{Name Type#}`: `#` marks a number, `!` an id or another word of
 * WeCom's own, `*` a list, `?` what may be absent, braces an object; the rest is text. What stands later wins.
 */
function readShape (notation: string): Shape {
  const stack: Shape[] = [new Map()]
  for (const [, close, name, mark, list, optional, open] of notation.matchAll(NOTATION)) {
    if (close !== undefined) {
      stack.pop()
      continue
    }
    const fields: Shape = open === undefined ? NONE : new Map()
    stack.at(-1)?.set(name as string, {
      name: name as string,
      is: open !== undefined ? 'object' : mark === '#' ? 'number' : 'text',
      own: mark !== undefined,
      list: list !== undefined,
      optional: optional !== undefined,
      fields
    })
    if (open !== undefined) stack.push(fields)
  }
  return stack[0] as Shape
}

/**
 * Group robots with robot_callback_format=json send `chat_id` or `chatid` for ChatId (page 99399): handlers see ChatId.
 */
function addSnakeCase (shape: Shape): void {
  for (const [name, field] of [...shape]) {
    addSnakeCase(field.fields)
    shape.set(name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase(), field)
    shape.set(name.toLowerCase(), field)
  }
}
