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

/** Of what is no object, or has no fields of its own. */
export const NO_FIELDS: Shape = new Map()

/** A container such as PicList, which has nothing of its own: it may itself be what repeats. */
export function holdsLists ({ is, fields }: Field): boolean {
  return is === 'object' && fields.size > 0 && [...fields.values()].every(({ list }) => list)
}

/** Fields that WeCom pads with stray blanks in its own samples, and that tell kinds apart. */
const TRIMMED = new Set(['MsgType', 'Event', 'InfoType', 'ChangeType', 'EventType', 'msgtype', 'eventtype'])

const shapes: Record<Product, Map<string, Shape>> = {
  app: new Map(), info: new Map(), aibot: new Map(), groupbot: new Map(), payment: new Map()
}

/** Those that `shapeOf` has given before and keeps, by product and key: looked at first, as nearly all are there. */
export const knownShapes: Readonly<Record<Product, ReadonlyMap<string, Shape>>> = shapes

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
    const fields: Shape = open === undefined ? NO_FIELDS : new Map()
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
