import { randomBytes } from 'node:crypto'
import { writeMessage, type WrittenMessage } from '../message-text.js'

/** A refresh: who and where as in the message, no response_url, an id of its own. */
export function pollMessage ({ message }: WrittenMessage, id: string): WrittenMessage {
  const { aibotid, chatid, chattype, from } = message
  return writeMessage(
    {
      msgid: `CAIQ${randomBytes(12).toString('base64')}`,
      aibotid,
      chatid,
      chattype,
      from,
      msgtype: 'stream',
      stream: { id }
    },
    'json'
  )
}
