import { keysTaking, type Kind } from '../message/kind.js'
import type { WecomError } from '../errors.js'
import { invalidReply } from './invalid.js'

/** Where `stream()` keeps what it was given; out of reach for others. */
export const STREAM = Symbol('stream reply')

/** What `stream()` makes: an answer of a bot that grows while its source gives. */
export interface StreamReply {
  readonly [STREAM]: object
}

/** Whether it comes from `stream()`. */
export function isStream (value: unknown): value is StreamReply {
  return typeof value === 'object' && value !== null && STREAM in value
}

/** Whether `stream()` answers messages of this kind. WeCom's polls for a stream are answered by the package. */
export function takesStream (key: string): boolean {
  return STREAMED.has(key)
}

const STREAMED = new Set(keysTaking('stream').filter(key => key !== 'aibot.stream'))

/** The error of a `stream()` where nobody would answer the polls for it, or WeCom takes none. */
export function misplacedStream (kind: Kind): WecomError {
  const fix = kind.product === 'aibot'
    ? "Elsewhere, a receiver's answer included, text('…') is a finished stream, and { msgtype: 'stream' } one whose " +
      'polls you answer.'
    : "stream() is for bots (智能机器人): answer with text('…'), or send with the message API."
  return invalidReply({
    expected: takesStream(kind.key)
      ? 'stream() in a handler of the Fastify plugin, the Express middleware or the node:http listener, which answer ' +
        'the polls for it'
      : "stream() as the answer to a bot's message, as of aibot.text",
    got: takesStream(kind.key) ? 'it where no store keeps streams' : `it for ${kind.key}`,
    fix
  })
}
