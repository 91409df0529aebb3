import { NumberText } from '../json/read.js'
import { isInert, isObject, setField, Repeated, type MessageObject } from './object.js'
import { SHARED } from './generated/tables/shared.js'
import { canonicalKey, rowOf, type Kind, type Product } from './kind.js'

/** What the catalogue says of a field. */
export interface Field {
  name: string
  is: 'text' | 'number' | 'object'
  /** WeCom's own word, an id or a name of a kind: no text that a user typed. */
  own: boolean
  /** Blanks around it are left out. */
  trimmed: boolean
  list: boolean
  optional: boolean
  fields: Shape
}

export type Shape = Map<string, Field>

const NONE: Shape = new Map()

/**
 * Brings a message, read from XML or JSON, into the one shape that handlers see (docs/messages.md). The object is used
 * up: where no field goes or gets another name, it becomes the message itself.
 */
export function shapeMessage (message: MessageObject, kind: Kind): MessageObject {
  return shapeObject(message, shapeOf(kind))
}

/** Fields that WeCom pads with stray blanks in its own samples, and that tell kinds apart. */
const TRIMMED = new Set(['MsgType', 'Event', 'InfoType', 'ChangeType', 'EventType', 'msgtype', 'eventtype'])

function shapeObject (object: MessageObject, shape: Shape): MessageObject {
  let shaped = object
  const names = Object.keys(object)
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    const value = object[name]
    const known = shape.get(name)
    if (shaped === object && known !== undefined && known.name === name && staysAsSent(value, known)) continue
    const field = fieldOf(name, known, object, shaped)
    const now = field === undefined ? asSent(value) : shapeField(value, field)
    const named = field?.name ?? name
    // The catalogue has no name to which JavaScript gives a meaning.
    const inert = known === undefined && isInert(name)
    if (shaped === object && (named !== name || now === undefined || inert)) {
      // From here on the order of its fields would be another.
      shaped = {}
      for (const done of names.slice(0, at)) shaped[done] = object[done]
    }
    if (now !== undefined && !inert) shaped[named] = now
  }
  return shaped
}

/** Nearly every field is a text that nothing is done to. */
function staysAsSent (value: unknown, { is, list, trimmed }: Field): boolean {
  return typeof value === 'string' && is === 'text' && !list && (!trimmed || value.trim() === value)
}

/** A field that came in both its spellings is the one that WeCom documents; the other is one that nobody knows. */
function fieldOf (
  name: string, field: Field | undefined, object: MessageObject, shaped: MessageObject
): Field | undefined {
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

function shapeValue (value: unknown, field: Field): unknown {
  if (typeof value === 'string') return shapeText(value, field)
  if (value instanceof NumberText) return shapeText(value.text, field)
  const { is, fields } = field
  if (isObject(value)) return is === 'object' ? withLists(shapeObject(value, fields), fields) : asSent(value)
  return Array.isArray(value) || value === null ? asSent(value) : shapeText(String(value), field)
}

function shapeText (text: string, { is, trimmed, fields }: Field): unknown {
  if (is === 'number') return toQuantity(text)
  if (is === 'object') return text.trim() === '' ? withLists({}, fields) : text
  return trimmed ? text.trim() : text
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
  return digits(text) ?? inAnyNotation(text)
}

/** A few digits, which most quantities are: told without a pattern. */
function digits (text: string): number | undefined {
  // Of 15 digits every number is exact.
  if (text === '' || text.length > 15) return undefined
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}

const ZERO = 48

function inAnyNotation (text: string): number | string {
  return /^\s*[+-]?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(text) ? exactly(text) ?? text : text
}

function exactly (text: string): number | undefined {
  const number = Number(text)
  return Number.isSafeInteger(number) || (Number.isFinite(number) && !Number.isInteger(number)) ? number : undefined
}

const shapes: Record<Product, Map<string, Shape>> = {
  app: new Map(), info: new Map(), aibot: new Map(), groupbot: new Map(), payment: new Map()
}

/** Read on first use: starting up costs nothing. Only keys of the catalogue are kept: a sender cannot grow it. */
export function shapeOf ({ product, key }: Kind): Shape {
  const known = shapes[product]
  let shape = known.get(key)
  if (shape === undefined) {
    shape = readShape(`${SHARED[product]} ${rowOf(key)}`)
    if (product === 'groupbot') addSnakeCase(shape)
    if (key === (canonicalKey(key) ?? 'unknown')) known.set(key, shape)
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
    const is = open !== undefined ? 'object' : mark === '#' ? 'number' : 'text'
    stack.at(-1)?.set(name as string, {
      name: name as string,
      is,
      own: mark !== undefined,
      trimmed: TRIMMED.has(name as string),
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
