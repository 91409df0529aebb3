import type { MessageObject } from '../message/object.js'
import type { LateReply } from './types.js'
import { contentOf, isText } from './text.js'

/** A text() is written for the scene only when it is composed; a hook gets it as the object it stands for. */
export function readableReply (value: unknown, message: MessageObject): LateReply {
  if (!isText(value)) return value as LateReply
  const content = contentOf(value) as string
  return 'msgtype' in message ? { msgtype: 'text', text: { content } } : { MsgType: 'text', Content: content }
}
