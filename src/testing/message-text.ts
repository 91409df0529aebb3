import { kindOf, type Kind } from '../message/kind.js'
import { parseMessage } from '../message/parse.js'
import { writeElements } from '../xml/write.js'

/** A message ready to be encrypted. */
export interface WrittenMessage {
  text: string
  format: 'xml' | 'json'
  kind: Kind
  /** Read back from the text. */
  message: Readonly<Record<string, unknown>>
}

/**
 * Writes a message object as WeCom would, or takes XML or JSON text as it stands. Bots speak JSON only; everything else
 * is XML unless `format` says otherwise.
 */
export function writeMessage (message: object | string, format: 'xml' | 'json' | undefined): WrittenMessage {
  const text =
    typeof message === 'string' ? checkText(message) : writeObject(message as Record<string, unknown>, format)
  // Parsing names what is wrong with the text, and brings both ways to one shape.
  return { text, ...parseMessage(text) }
}

function checkText (text: string): string {
  if (/^\s*[<{]/.test(text.replace(/^\uFEFF/, ''))) return text
  throw new TypeError(
    "expected a message object, or XML or JSON text, got other text. For a text message: sample('text', { Content: " +
    "'…' })."
  )
}

function writeObject (message: Record<string, unknown>, format: 'xml' | 'json' | undefined): string {
  const { product } = kindOf(message)
  if (product === 'aibot') return JSON.stringify(message)
  if (format !== 'json') return bareNumbers(`<xml>${writeElements(message)}</xml>`)
  // A group robot with robot_callback_format=json (page 99399) has other names than its XML.
  return JSON.stringify(product === 'groupbot' ? snakeCase(message) : message)
}

/** As WeCom writes them. No text can hold the pattern, as `]]>` in a text is split. */
function bareNumbers (xml: string): string {
  return xml.replace(/<(MsgId|AgentID)><!\[CDATA\[(\d+)\]\]><\/\1>/g, '<$1>$2</$1>')
}

function snakeCase (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase(), snakeCase(field)])
  )
}
