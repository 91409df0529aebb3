import type { Kind } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'

/** What composing needs to know of the message that is answered. */
export interface Answered {
  message: MessageObject
  kind: Kind
  format: 'xml' | 'json'
}
