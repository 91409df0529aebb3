import type { AibotFeedback, AibotTemplateCard } from './aibot-cards.js'

interface AibotReplyBase {
  MsgType?: never
}

/**
 * 欢迎语文本 Welcome text [101031].
 *
 * A message that takes a stream ignores it: `text('…')` writes what the
 * message takes.
 */
export interface AibotTextReply extends AibotReplyBase {
  msgtype: 'text'
  text: { content: string }
  response_type?: never
}

/** A picture at the end of a stream. */
export interface AibotStreamImage {
  msgtype: 'image'
  image: {
    /** JPG or PNG, up to 10 MB before base64. */
    base64: string
    /** Of the bytes before base64, in hex. */
    md5: string
  }
}

/** The state of a stream: WeCom asks again until `finish`, for 6 minutes from the user's message. */
export interface AibotStream {
  /** Chosen freely and unique at the first reply; every refresh is answered with the same. */
  id: string
  /** Default false. */
  finish?: boolean
  /**
   * The whole text so far, not what was added; markdown, `<think>…</think>` shows as reasoning. Up to 20480 bytes of
   * UTF-8; more is an error.
   */
  content?: string
  /** Up to 10 pictures, only with `finish: true`. */
  msg_item?: readonly AibotStreamImage[]
  feedback?: AibotFeedback
}

/**
 * 流式消息 Stream [101031].
 */
export interface AibotStreamReply extends AibotReplyBase {
  msgtype: 'stream'
  stream: AibotStream
  response_type?: never
}

/**
 * 模板卡片 Template card [101031, 101032].
 */
export interface AibotTemplateCardReply extends AibotReplyBase {
  msgtype: 'template_card'
  template_card: AibotTemplateCard
  response_type?: never
}

/**
 * 流式消息+模板卡片 Stream with template card [101031]: the card once per message, in the first reply or a later refresh.
 */
export interface AibotStreamWithTemplateCardReply extends AibotReplyBase {
  msgtype: 'stream_with_template_card'
  stream: AibotStream
  template_card?: AibotTemplateCard
  response_type?: never
}

/**
 * 更新模板卡片 Update of a template card [101031]; its key is `response_type`.
 *
 * Once, within 5 s.
 */
export interface AibotUpdateTemplateCardReply extends AibotReplyBase {
  response_type: 'update_template_card'
  /** Whose card changes; group chats only. Absent: everybody's. */
  userids?: readonly string[]
  /** Its task_id must be the event's, and is filled in where it is absent. */
  template_card: AibotTemplateCard
  msgtype?: never
}

/**
 * Markdown [101138]: no passive reply, but what `context.respond` sends besides cards. Up to 20480 bytes of UTF-8.
 */
export interface MarkdownReply extends AibotReplyBase {
  msgtype: 'markdown'
  markdown: {
    content: string
    feedback?: AibotFeedback
  }
  response_type?: never
}

/** A passive reply of a bot, 智能机器人 [101031]; always JSON. */
export type AibotReply =
  | AibotTextReply
  | AibotTemplateCardReply
  | AibotStreamReply
  | AibotStreamWithTemplateCardReply
  | AibotUpdateTemplateCardReply
