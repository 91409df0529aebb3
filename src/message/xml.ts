import { readXml, XmlFault, type XmlElement } from '../xml/read.js'
import { readStrictXml } from '../xml/strict.js'
import { isAsTyped, withTextsAsTyped } from './free-text.js'
import { MessageFault, Repeated, setField, type MessageObject } from './object.js'

/**
 * A message as WeCom wrote it, its texts as they were typed.
 *
 * @throws MessageFault
 */
export function readXmlMessage (text: string): MessageObject {
  return readStrictMessage(text) ?? readTypedMessage(text)
}

/** A message of the form that WeCom writes, or `undefined`: what it reads, `readTypedMessage` reads alike. */
export function readStrictMessage (text: string): MessageObject | undefined {
  const read = readStrictXml(text)
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
