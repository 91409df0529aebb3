interface GroupBotReplyBase {
  /** Who sees the reply: userids joined by `|`. Absent: the whole group. */
  VisibleToUser?: string
  msgtype?: never
  response_type?: never
}

/**
 * 群机器人文本 Text of a group robot [99399].
 *
 * Written `{ "msgtype": "text", "text": { "content": … } }` where the robot speaks JSON.
 */
export interface GroupBotTextReply extends GroupBotReplyBase {
  MsgType: 'text'
  Text: {
    Content: string
    /** userids to mention, `@all` for everybody: a list, or nested as WeCom's XML is. */
    MentionedList?: readonly string[] | { Item: readonly string[] }
    /** The same by mobile number. */
    MentionedMobileList?: readonly string[] | { Item: readonly string[] }
  }
  Content?: never
}

/** A button below a markdown text; a click comes as a message of MsgType attachment. */
export interface GroupBotAction {
  /** Comes back with the click; up to 64 bytes. */
  Name?: string
  /** Comes back with the click; up to 128 bytes. */
  Value?: string
  /** What the button says; up to 128 bytes. */
  Text?: string
  Type?: 'button'
  /** What the button says after the click; up to 128 bytes. */
  ReplaceText?: string
}

/** Buttons below a markdown text. */
export interface GroupBotAttachment {
  /** Comes back with the click. */
  CallbackId?: string
  Actions?: readonly GroupBotAction[]
}

/**
 * 群机器人 Markdown of a group robot [99399].
 *
 * Written `{ "msgtype": "markdown", "markdown": { "content": …, "attachments": […] } }` where the robot speaks JSON.
 */
export interface GroupBotMarkdownReply extends GroupBotReplyBase {
  MsgType: 'markdown'
  Markdown: {
    Content: string
    /** `attachments` in JSON. */
    Attachment?: GroupBotAttachment | readonly GroupBotAttachment[]
  }
}

/**
 * A passive reply of a group robot, 群机器人 [99399]. Written in one spelling, that of WeCom's XML; where the robot speaks
 * JSON (`robot_callback_format=json`) it goes out in lower snake case.
 */
export type GroupBotReply = GroupBotTextReply | GroupBotMarkdownReply
