import { STREAM, type StreamReply } from '../../reply/stream-reply.js'
import { noSource } from './invalid.js'
import { isSource } from './open.js'
import { checkStreamOptions, type StreamOptions } from './stream-options.js'
import type { StreamSource } from './types.js'

/**
 * The answer of a bot (智能机器人) that grows while its source gives: WeCom's polls for it are answered by the package,
 * and the bubble ends with the source, when `life` is over, or when the source fails, each with something to read.
 * Answers messages of bots: aibot.text, aibot.mixed, aibot.image, aibot.voice, aibot.file and aibot.video [101031].
 *
 * The source is the result of the AI SDK's `streamText()`, the answer of `openai.chat.completions.create({ stream:
 * true })`, any iterable or ReadableStream of texts and parts, a promise of one of these, or a function that writes. It
 * is read once the handler has returned. What can be read only once is to be made for each message.
 *
 * @example
 * ```ts
 * createRouter().on('aibot.text', message =>
 *   stream(async writer => {
 *     await writer.thinking('…')
 *     await writer.text(`你说：${message.text.content}`)
 *   }))
 * ```
 *
 * @throws WecomError WECOM_STREAM_SOURCE_INVALID where it can be no source, WECOM_OPTION_INVALID
 */
export function stream (source: StreamSource, options: StreamOptions = {}): StreamReply {
  if (!isSource(source)) throw noSource(source)
  const given: Given = { source, options: checkStreamOptions('stream()', options) }
  // It may fail before it is read, or be read by nobody.
  if (source instanceof Promise) source.then(undefined, () => {})
  return Object.freeze({ [STREAM]: given })
}

/** What `stream()` was given. */
export function sourceOf (reply: StreamReply): StreamSource {
  return givenOf(reply).source
}

/** The options that `stream()` was given, checked; none is filled in. */
export function optionsOf (reply: StreamReply): StreamOptions {
  return givenOf(reply).options
}

interface Given {
  readonly source: StreamSource
  readonly options: StreamOptions
}

function givenOf (reply: StreamReply): Given {
  return reply[STREAM] as Given
}
