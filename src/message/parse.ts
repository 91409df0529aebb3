import { quote, wecomError } from '../errors.js'
import { JsonFault, NumberText, readJson } from '../json/read.js'
import { noNamesYet } from '../support/known-names.js'
import { readXml, XmlFault, type XmlElement } from '../xml/read.js'
import { readStrictXml } from '../xml/strict.js'
import { isAsTyped, withTextsAsTyped } from './free-text.js'
import { kindOf, type Kind } from './kind.js'
import { isInert, isObject, MessageFault, Repeated, setField, type MessageObject } from './object.js'
import { holdsLists, knownShapes, NO_FIELDS, shapeOf, type Field, type Shape } from './shape.js'

/** What a decrypted text was. */
export interface ParsedMessage {
  message: MessageObject
  kind: Kind
  format: 'xml' | 'json'
}

/**
 * Decrypted text to a plain object, XML or JSON by its first character, the same shape from both.
 *
 * @throws WecomError WECOM_MESSAGE_INVALID (-40002) where it is no message: the error tells nothing of the text
 */
export function parseMessage (plaintext: string): ParsedMessage {
  // A byte order mark is white space to it.
  const text = plaintext.trim()
  try {
    const format = formatOf(text)
    const sent = format === 'xml' ? readXmlMessage(text) : parseJsonMessage(text)
    const kind = kindOf(sent)
    const message = shapeMessage(sent, kind)
    if (Object.keys(message).length === 0) throw new MessageFault('one without fields')
    return { message, kind, format }
  } catch (fault) {
    throw wecomError('WECOM_MESSAGE_INVALID', {
      expected: 'the decrypted text to be <xml>…</xml> or a JSON object with at least one field',
      got: fault instanceof MessageFault || fault instanceof JsonFault ? fault.message : quote(undefined),
      fix: 'The message was signed and encrypted with this key, so it comes from WeCom or from a test of yours: ' +
        'compare it with the documents of the scene.'
    })
  }
}

/** WeCom's deepest JSON nests 8 levels, its longest lists hold 1000 ids; the rest is room. */
const JSON_BOUNDS = { depth: 64, size: 20_000 }

const [lastXml, lastJson] = [noNamesYet('xml'), noNamesYet('json')]

function parseJsonMessage (text: string): MessageObject {
  return readJson(text, JSON_BOUNDS, undefined, lastJson) as MessageObject
}

function formatOf (text: string): 'xml' | 'json' {
  if (text.startsWith('<')) return 'xml'
  if (text.startsWith('{')) return 'json'
  throw new MessageFault(text === '' ? 'an empty text' : 'neither')
}

/**
 * A message as WeCom wrote it, its texts as they were typed.
 *
 * @throws MessageFault
 */
function readXmlMessage (text: string): MessageObject {
  return readStrictMessage(text) ?? readAnyMessage(text)
}

/** A message of the form that WeCom writes, or `undefined`: what it reads, `readAnyMessage` reads alike. */
export function readStrictMessage (text: string): MessageObject | undefined {
  const read = readStrictXml(text, undefined, lastXml)
  return read === undefined || (read.repeats && !isAsTyped(read.fields)) ? undefined : read.fields
}

/** A message of XML in any form. */
export function readAnyMessage (text: string): MessageObject {
  return parseXmlMessage(withTextsAsTyped(text))
}

/** `<xml>` and its children: text, an object where elements nest, a list where one name repeats. */
export function parseXmlMessage (text: string): MessageObject {
  let root
  try {
    root = readXml(text)
  } catch (fault) {
    throw new MessageFault((fault as XmlFault).message)
  }
  if (root.name !== 'xml') throw new MessageFault('another root element')
  if (root.children.length === 0) throw new MessageFault('one without fields')
  return toObject(root)
}

function toObject (element: XmlElement): MessageObject {
  const lists = new Map<string, unknown[]>()
  for (const child of element.children) {
    const value = child.children.length === 0 ? child.text : toObject(child)
    const list = lists.get(child.name)
    if (list === undefined) lists.set(child.name, [value])
    else list.push(value)
  }
  const object: MessageObject = {}
  for (const [name, values] of lists) setField(object, name, values.length === 1 ? values[0] : Repeated.from(values))
  // WeCom mixes text and elements nowhere; what it might still send is kept.
  if (element.text !== '') object['#text'] = element.text
  return object
}

// The shape that handlers see.

/**
 * Brings a message, read from XML or JSON, into the one shape that handlers see (docs/messages.md). The object is used
 * up: where no field goes or gets another name, it becomes the message itself.
 */
function shapeMessage (message: MessageObject, kind: Kind): MessageObject {
  return shapeObject(message, knownShapes[kind.product].get(kind.key) ?? shapeOf(kind))
}

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
  return isObject(value) ? shapeObject(value, NO_FIELDS) : value
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
