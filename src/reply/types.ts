const TEXT = Symbol('text reply')

/** What `text()` makes: a text that is written as the scene of the message wants it. */
export interface TextReply {
  readonly [TEXT]: string
}

/** A passive reply of an app by its kind (page 90241); ToUserName, FromUserName and CreateTime are filled in. */
export type AppReply =
  | { MsgType: 'text', Content: string }
  | { MsgType: string, [field: string]: unknown }

/** A reply of a bot (pages 101031 and 99399), written as JSON as it stands. */
export type BotReply =
  | { msgtype: string, [field: string]: unknown }
  | { response_type: string, [field: string]: unknown }

/**
 * What a handler may answer: a value, or XML or JSON text of the caller's own making; `undefined`, `''` and `'success'`
 * mean nothing to say.
 */
export type Reply = TextReply | AppReply | BotReply | string | undefined

/**
 * A text reply that fits every scene: the text message of an app, the welcome or the finished stream of a bot
 * (智能机器人), the text of a group robot.
 */
export function text (content: string): TextReply {
  return Object.freeze({ [TEXT]: content })
}

/** The text in a `text()`; undefined for anything else. */
export function textOf (reply: unknown): string | undefined {
  return typeof reply === 'object' && reply !== null ? (reply as Partial<TextReply>)[TEXT] : undefined
}
