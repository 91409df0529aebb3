import { setOwn } from '../support/own-fields.js'
import { toXmlText } from '../xml/write.js'
import { cutText } from './cut.js'
import { invalidReply } from './invalid.js'
import { filled, type Field, type Rule, type Shape } from './limits/field.js'
import { typeName, wordOr } from './type-name.js'

/** What a check is told, and what it finds. */
export interface Checking {
  /** The reply kind, for error texts. */
  kind: string
  format: 'xml' | 'json'
  /** Whether lists are to be nested as WeCom's XML has them: `<Articles><item>…</item></Articles>`. */
  nested: boolean
  /** What was cut, for one warning. */
  cuts: string[]
}

/** A text as the format can hold it. */
export function cleanText (text: string, format: 'xml' | 'json'): string {
  return format === 'json' ? text.toWellFormed() : toXmlText(text)
}

type Values = Record<string, unknown>

/** The deepest reply that WeCom knows nests 5 levels. */
const MAX_DEPTH = 32

/**
 * A copy of the reply as it is to be written: known fields in the order of the shape, then unknown ones as they are, so
 * that what WeCom adds can be used at once. A list may come nested or not, and is written as `checking.nested` says.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function checkReply (reply: Values, shape: Shape, checking: Checking): Values {
  return checkObject(reply, shape, '', checking)
}

function checkObject (value: Values, shape: Shape, path: string, checking: Checking): Values {
  const { fields, rules } = shape.variants === undefined ? shape : pickVariant(value, shape.variants, path, checking)
  const object: Values = {}
  let nested = false
  // Fields are plain objects: `for … in` visits their own names alone, and makes no list of them.
  for (const name in fields) {
    const field = fields[name] as Field
    const given = value[name]
    if (given === undefined && field.required !== true) continue
    object[name] = checkField(given, field, join(path, name), checking)
    if (field.item !== undefined) nested = checking.nested
  }
  if (hasMore(value, fields)) copyMore(value, fields, object, path, checking)
  for (const rule of rules ?? NO_RULES) {
    const broken = rule(object)
    if (broken !== undefined) throw fault(join(path, broken.field), checking, broken.expected, broken.got, broken.fix)
  }
  if (nested) nestLists(object, fields)
  return object
}

const NO_RULES: readonly Rule[] = []

function hasMore (value: Values, fields: Shape['fields']): boolean {
  for (const name of Object.keys(value)) if (!Object.hasOwn(fields, name) && value[name] !== undefined) return true
  return false
}

function copyMore (value: Values, fields: Shape['fields'], object: Values, path: string, checking: Checking): void {
  for (const [name, unknown] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name) && unknown !== undefined) {
      setOwn(object, name, copy(unknown, join(path, name), checking, 0))
    }
  }
}

/** An empty list is left out. */
function nestLists (object: Values, fields: Shape['fields']): void {
  for (const name in fields) {
    const item = fields[name]?.item
    const list = object[name] as unknown[] | undefined
    if (item !== undefined && list !== undefined) object[name] = list.length > 0 ? { [item]: list } : undefined
  }
}

function pickVariant (
  value: Values,
  { by, of }: NonNullable<Shape['variants']>,
  path: string,
  checking: Checking
): Shape {
  const name = value[by]
  if (typeof name === 'string' && Object.hasOwn(of, name)) return of[name] as Shape
  throw fault(
    join(path, by),
    checking,
    `to be ${choice(Object.keys(of))}`,
    !filled(name) ? 'none' : typeof name === 'string' ? wordOr(name, 'another text') : typeName(name),
    'It tells which fields the card has.'
  )
}

function checkField (value: unknown, field: Field, path: string, checking: Checking): unknown {
  if (value === undefined) return field.required === true ? missing('none', path, checking) : undefined
  switch (field.type) {
    case 'text':
      return checkText(value, field, path, checking)
    case 'number':
      return checkNumber(value, field, path, checking)
    case 'time':
      return (typeof value === 'string' || typeof value === 'number') && DIGITS.test(String(value))
        ? Number(value)
        : wrongType(value, 'Unix seconds', path, checking)
    case 'flag':
      return typeof value === 'boolean' ? value : wrongType(value, 'true or false', path, checking)
    case 'object':
      return checkNested(value, field.shape as Shape, path, checking)
    case 'list':
      return checkList(value, field, path, checking)
  }
}

const DIGITS = /^\d+$/

function checkNested (value: unknown, shape: Shape, path: string, checking: Checking): Values {
  return isObject(value)
    ? checkObject(value, shape, path, checking)
    : wrongType(value, 'an object', path, checking)
}

function checkText (value: unknown, field: Field, path: string, checking: Checking): string {
  if (typeof value !== 'string') return wrongType(value, 'a text', path, checking)
  const text = cleanText(value, checking.format)
  if (text === '' && field.required === true) return missing('an empty text', path, checking)
  if (field.filledIn !== undefined && text.trim() === '') {
    throw fault(path, checking, 'not to be empty', 'an empty text', `Leave it out: ${field.filledIn} is filled in.`)
  }
  const { pattern, values, maxBytes, maxDecodedBytes, cutBytes } = field
  if (pattern?.test(text) === false || values?.includes(text) === false) {
    throw fault(
      path,
      checking,
      `to be ${field.meaning ?? ''}`,
      values === undefined ? 'another text' : wordOr(text, 'another text'),
      'WeCom refuses anything else.'
    )
  }
  // No unit of UTF-16 takes more than three bytes: short texts need no count.
  const size = text.length * 3 <= (maxBytes ?? cutBytes ?? Infinity) ? 0 : Buffer.byteLength(text)
  if (maxBytes !== undefined && size > maxBytes) {
    throw fault(
      path,
      checking,
      `to take at most ${maxBytes} bytes of UTF-8`,
      `${size} bytes`,
      'Shorten it: WeCom refuses what is longer.'
    )
  }
  if (maxDecodedBytes !== undefined && text.length * 0.75 > maxDecodedBytes) {
    // Exact for base64 with and without padding and line breaks.
    const decoded = Buffer.byteLength(text.replace(/\s+/g, ''), 'base64')
    if (decoded > maxDecodedBytes) {
      throw fault(
        path,
        checking,
        `to take at most ${maxDecodedBytes} bytes before base64`,
        `${decoded} bytes`,
        'Shrink the picture: WeCom refuses what is larger.'
      )
    }
  }
  if (cutBytes === undefined || size <= cutBytes) return text
  const cut = cutText(text, cutBytes)
  checking.cuts.push(`${path} from ${size} to ${Buffer.byteLength(cut)} bytes of UTF-8 (limit ${cutBytes})`)
  return cut
}

function checkNumber (value: unknown, { range }: Field, path: string, checking: Checking): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType(value, 'a finite number', path, checking)
  if (range === undefined || (value >= range[0] && value <= range[1])) return value
  throw fault(path, checking, `to be from ${range[0]} to ${range[1]}`, String(value), 'WeCom refuses anything else.')
}

function checkList (value: unknown, field: Field, path: string, checking: Checking): unknown[] {
  const { items, shape, unique, item } = field
  const inner = item !== undefined && isObject(value) && Object.hasOwn(value, item) ? value[item] : value
  // XML repeats the element, so one alone looks like no list.
  const list: unknown[] = Array.isArray(inner)
    ? inner
    : isObject(inner)
      ? [inner]
      : wrongType(inner, 'a list', path, checking)
  const fewest = items?.[0] ?? 0
  const most = items?.[1] ?? Infinity
  if (list.length > most || list.length < fewest) {
    throw fault(
      path,
      checking,
      `to have ${fewest > 0 ? `${fewest} to ${most}` : `at most ${most}`} items`,
      `${list.length} items`,
      list.length > most ? 'Leave some out: WeCom refuses the reply with more.' : 'WeCom refuses the reply without any.'
    )
  }
  const checked = list.map((entry, index) => checkItem(entry, shape, `${path}[${index}]`, checking))
  if (unique !== undefined) {
    const seen = new Set<unknown>()
    for (const [index, entry] of checked.entries()) {
      const key = (entry as Values)[unique]
      if (seen.has(key)) {
        throw fault(
          `${path}[${index}].${unique}`,
          checking,
          'to differ from those before it',
          'the same again',
          'WeCom cannot tell them apart.'
        )
      }
      seen.add(key)
    }
  }
  return checked
}

function checkItem (entry: unknown, shape: Shape | undefined, path: string, checking: Checking): unknown {
  if (entry === undefined) return missing('none', path, checking)
  return shape === undefined ? checkText(entry, ITEM, path, checking) : checkNested(entry, shape, path, checking)
}

/** An item of a plain list: an id or a number of somebody. */
const ITEM: Field = { type: 'text', required: true }

/** Unknown fields: anything both formats can hold. */
function copy (value: unknown, path: string, checking: Checking, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value, checking.format)
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  if (depth < MAX_DEPTH && Array.isArray(value)) {
    return value.map((item, index) => copy(item, `${path}[${index}]`, checking, depth + 1))
  }
  if (depth < MAX_DEPTH && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .map(([name, inner]) => [name, copy(inner, join(path, name), checking, depth + 1)])
    )
  }
  const expected = 'a text, a finite number, a boolean, an object or a list'
  if (depth < MAX_DEPTH) return wrongType(value, expected, path, checking)
  throw fault(
    path.slice(0, 64),
    checking,
    `to nest at most ${MAX_DEPTH} levels`,
    'more',
    'Look for an object that contains itself.'
  )
}

export function isObject (value: unknown): value is Values {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function missing (got: string, path: string, checking: Checking): never {
  throw fault(path, checking, 'to be there', got, 'WeCom refuses the reply without it.')
}

/** Names what came and quotes nothing of it: handlers write what users said into fields, and error texts are logged. */
function wrongType (value: unknown, expected: string, path: string, checking: Checking): never {
  throw fault(path, checking, `to be ${expected}`, typeName(value), 'docs/replies.md lists the fields of every kind.')
}

function fault (path: string, { kind }: Checking, expected: string, got: string, fix: string): Error {
  return invalidReply({ expected: `${path} of a reply of kind ${kind} ${expected}`, got, fix })
}

function join (path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function choice (names: string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) as string}`
}
