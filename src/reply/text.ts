const TEXT = Symbol('text reply')

/** What `text()` makes: a text that is written as the scene of the message wants it. */
export interface TextReply {
  readonly [TEXT]: string
}

/**
 * A text reply that fits every scene: the text message of an app, the welcome or the finished stream of a bot
 * (智能机器人), the text of a group robot. Beyond 2048 bytes of UTF-8 (app) or 20480 (bot) it is cut, with a warning.
 */
export function text (content: string): TextReply {
  return Object.freeze({ [TEXT]: content })
}

/** The text in a `text()`; undefined for anything else. */
export function textOf (reply: unknown): string | undefined {
  return typeof reply === 'object' && reply !== null ? (reply as Partial<TextReply>)[TEXT] : undefined
}
