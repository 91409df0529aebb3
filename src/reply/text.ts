/** Where a text reply has what it was given. */
export const TEXT = Symbol('text reply')

/** What `text()` makes: a text that is written as the scene of the message wants it. */
export interface TextReply {
  readonly [TEXT]: string
}

/**
 * A text reply that fits every scene: the text message of an app, the welcome or the finished stream of a bot
 * (智能机器人), the text of a group robot. An empty text is an error save in a stream, as WeCom refuses the message. Beyond
 * 2048 bytes of UTF-8 (app) or 20480 (bot) it is cut, with a warning.
 *
 * @example
 * ```ts
 * createRouter().on('text', message => text(`你说：${message.Content}`))
 * ```
 */
export function text (content: string): TextReply {
  return Object.freeze({ [TEXT]: content })
}

/** Whether it comes from `text()`, whatever that was given. */
export function isText (reply: unknown): reply is TextReply {
  return typeof reply === 'object' && reply !== null && TEXT in reply
}

/** What `text()` was given: without types it need not be a text. */
export function contentOf (reply: TextReply): unknown {
  return reply[TEXT]
}
