import type { AibotTemplateCardReply, MarkdownReply } from '../reply/aibot.js'
import { checkReply, cleanText, isObject } from '../reply/check.js'
import type { Warn } from '../reply/compose.js'
import { cutText } from '../reply/cut.js'
import { invalidReply } from '../reply/invalid.js'
import { RESPOND_REPLIES, STREAM_CONTENT_BYTES } from '../reply/limits/aibot.js'
import type { Shape } from '../reply/limits/field.js'
import { checkSpelling } from '../reply/spelling.js'
import { contentOf, isText, type TextReply } from '../reply/text.js'
import { typeName, wordOr } from '../reply/type-name.js'

export type { MarkdownReply } from '../reply/aibot.js'

/** What a `response_url` takes: `text()` goes as markdown; a card in single chats alone. */
export type RespondReply = TextReply | MarkdownReply | AibotTemplateCardReply

/**
 * The JSON text that is posted to a response_url [101138]. What `text()` has too much is cut, as in an answer.
 *
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function composeRespond (reply: unknown, single: boolean, warn: Warn): string {
  const written = isText(reply) ? markdownOf(contentOf(reply), warn) : reply
  const name = isObject(written) ? written.msgtype : undefined
  if (!isObject(written) || typeof name !== 'string' || !Object.hasOwn(RESPOND_REPLIES, name)) {
    throw invalidReply({
      expected: "respond to be given text('…'), { msgtype: 'markdown' } or { msgtype: 'template_card' }",
      got: typeof name === 'string' ? `{ msgtype: ${wordOr(name, 'another text')} }` : typeName(written),
      fix: 'WeCom takes nothing else at the response_url: streams and updates of cards are answers.'
    })
  }
  if (name === 'template_card' && !single) {
    throw invalidReply({
      expected: 'no card to the response_url of a group chat',
      got: "{ msgtype: 'template_card' }",
      fix: 'WeCom takes it only in single chats: answer with the card, or send markdown.'
    })
  }
  checkSpelling(written, { by: 'msgtype', name }, 'aibot')
  const shape = RESPOND_REPLIES[name] as Shape
  return JSON.stringify(checkReply(written, shape, { kind: name, format: 'json', nested: true, cuts: [] }))
}

function markdownOf (content: unknown, warn: Warn): unknown {
  if (typeof content !== 'string') return { msgtype: 'markdown', markdown: { content } }
  const whole = cleanText(content, 'json')
  const fitting = cutText(whole, STREAM_CONTENT_BYTES)
  if (fitting !== whole) {
    warn(
      `text() was cut from ${Buffer.byteLength(whole)} to ${Buffer.byteLength(fitting)} bytes of UTF-8, the most ` +
        'that a response_url takes',
      'WECOM_REPLY_CUT'
    )
  }
  return { msgtype: 'markdown', markdown: { content: fitting } }
}
