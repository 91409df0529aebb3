import { quote, wecomError } from '../errors.js'
import { JsonFault, readJson } from '../json/read.js'
import { hasFields } from '../support/own-fields.js'
import { kindOf, type Kind } from './kind.js'
import { MessageFault, type MessageObject } from './object.js'
import { shapeMessage } from './shape.js'
import { readXmlMessage } from './xml.js'

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
    if (!hasFields(message)) throw new MessageFault('one without fields')
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

function parseJsonMessage (text: string): MessageObject {
  return readJson(text, JSON_BOUNDS) as MessageObject
}

function formatOf (text: string): 'xml' | 'json' {
  if (text.startsWith('<')) return 'xml'
  if (text.startsWith('{')) return 'json'
  throw new MessageFault(text === '' ? 'an empty text' : 'neither')
}
