import { quote, wecomError } from '../errors.js'
import { parseJsonMessage } from './json.js'
import { MessageFault, type MessageObject } from './object.js'
import { parseXmlMessage } from './xml.js'

/**
 * Decrypted text to a plain object, XML or JSON by its first character, the same shape from both.
 *
 * @throws WecomError WECOM_MESSAGE_INVALID (-40002) where it is no message: the error tells nothing of the text
 */
export function parseMessage (plaintext: string): { message: MessageObject, format: 'xml' | 'json' } {
  const text = plaintext.replace(/^\uFEFF/, '').trim()
  try {
    if (text.startsWith('<')) return { message: parseXmlMessage(text), format: 'xml' }
    if (text.startsWith('{')) return { message: parseJsonMessage(text), format: 'json' }
    throw new MessageFault(text === '' ? 'an empty text' : 'neither')
  } catch (fault) {
    throw wecomError('WECOM_MESSAGE_INVALID', {
      expected: 'the decrypted text to be <xml>…</xml> or a JSON object with at least one field',
      got: fault instanceof MessageFault ? fault.message : quote(undefined),
      fix: 'The message was signed and encrypted with this key, so it comes from WeCom or from a test of yours: compare it with the documents of the scene.'
    })
  }
}
