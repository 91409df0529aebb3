import type { MessageObject } from '../message/object.js'
import { contentOf, isText } from './text.js'

/** A text() is written for the scene only when it is composed; a hook gets it as the object it stands for. */
export function readableReply (value: unknown, message: MessageObject): unknown {
  if (!isText(value)) return value
  const content = contentOf(value)
  return 'msgtype' in message ? { msgtype: 'text', text: { content } } : { MsgType: 'text', Content: content }
}
