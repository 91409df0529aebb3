import { quote, wecomError } from '../errors.js'
import { JsonFault, readJson } from '../json/read.js'
import { noNamesYet } from '../support/known-names.js'
import { readXml, XmlFault, type XmlElement } from '../xml/read.js'
import { readStrictXml } from '../xml/strict.js'
import { isAsTyped, withTextsAsTyped } from './free-text.js'
import { kindOf, type Kind } from './kind.js'
import { MessageFault, Repeated, setField, type MessageObject } from './object.js'
import { shapeMessage } from './shape.js'

/**
 * Decrypted text to a plain object, XML or JSON by its first character, the same shape from both.
 *
 * @throws WecomError WECOM_MESSAGE_INVALID (-40002) where it is no message: the error tells nothing of the text
 */
export function parseMessage (plaintext: string): { message: MessageObject, kind: Kind, format: 'xml' | 'json' } {
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
  return readStrictMessage(text) ?? readTypedMessage(text)
}

/** A message of the form that WeCom writes, or `undefined`: what it reads, `readTypedMessage` reads alike. */
export function readStrictMessage (text: string): MessageObject | undefined {
  const read = readStrictXml(text, undefined, lastXml)
  return read === undefined || (read.repeats && !isAsTyped(read.fields)) ? undefined : read.fields
}

/** Whatever its form. */
export function readTypedMessage (text: string): MessageObject {
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
