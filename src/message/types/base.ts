/**
 * What the kinds of one scene share. Each declares the discriminants it lacks as never, so that one check of MsgType, Event,
 * ChangeType, InfoType or msgtype narrows the union of all.
 */

/** A message to an app [90239]. */
export interface OrdinaryBase {
  /** corpid of the receiver [90239]. */
  ToUserName: string
  /** userid of the sender [90239]. */
  FromUserName: string
  /** 消息创建时间 When it was sent, Unix seconds [90239]. */
  CreateTime: number
  /** 64 bits, more than a number holds, so it is text; repeats of a message share it [90239]. */
  MsgId: string
  /** The app's id [90239]. */
  AgentID: string
  Event?: never
  ChangeType?: never
  InfoType?: never
  msgtype?: never
}

/** An event of an app or of the system [90240]. */
export interface EventDiscriminants {
  /** 事件 An event [90240]. */
  MsgType: 'event'
  InfoType?: never
  msgtype?: never
}

export interface EventBase extends EventDiscriminants {
  /** corpid of the receiving corp [90240]. */
  ToUserName: string
  /** userid of the acting member; `sys` in events of the system [90240]. */
  FromUserName: string
  /** 消息创建时间 When it was sent, Unix seconds [90240]. */
  CreateTime: number
}

export interface AgentEventBase extends EventBase {
  /** The app's id [90240]. */
  AgentID: string
}

/** A notice to a suite or a provider [90642, 97172]. */
export interface InfoDiscriminants {
  MsgType?: never
  Event?: never
  msgtype?: never
}

export interface SuiteInfoBase extends InfoDiscriminants {
  /** The suite's id, or that of the template of a customised app [90642]. */
  SuiteId: string
  /** 消息创建时间 When it was sent, Unix seconds [90642]. */
  TimeStamp: number
}

export interface CorpInfoBase extends SuiteInfoBase {
  /** The corp that authorised [90642]. */
  AuthCorpId: string
}

export interface ProviderInfoBase extends InfoDiscriminants {
  /** corpid of the provider [97172]. */
  ServiceCorpId: string
  /** 消息创建时间 When it was sent, Unix seconds [97172]. */
  TimeStamp: number
}

/**
 * A message or event of a bot, 智能机器人 [100719, 101027]. In events `event.eventtype` tells what `event` holds: checking it narrows
 * `message.event`, not `message` itself, as TypeScript narrows by a field of the object alone; `router.on('aibot.event.enter_chat', …)` does both.
 */
export interface AibotBase {
  /** Repeats of a callback share it; every poll of a stream has its own [100719]. */
  msgid: string
  /** The bot's id [100719]. */
  aibotid: string
  /** In groups only [100719]. */
  chatid?: string
  /** 发送者 Who wrote it [100719]. */
  from: {
    /** Encrypted where the bot's creator is no super administrator [100719]. */
    userid: string
    /** Not sent for a corp's own bots [100719]. */
    corpid?: string
    /** In groups, with some events [100719]. */
    chat_id?: string
  }
  /** A secret: takes one reply, within an hour. Not sent with stream, feedback_event and enter_chat [100719]. */
  response_url?: string
  MsgType?: never
  Event?: never
  ChangeType?: never
  InfoType?: never
}

/** A message to a bot, 智能机器人 [100719]. */
export interface AibotMessageBase extends AibotBase {
  /** 消息创建时间 When it was sent, Unix seconds [100719]. */
  create_time?: number
  /** The message that was quoted [100719]. */
  quote?: AibotQuote
}

/** What a message to a bot quotes; `msgtype` tells which of the others is there. */
export interface AibotQuote {
  /** text, image, mixed, voice, file or video [100719]. */
  msgtype: string
  text?: { content: string }
  image?: AibotFile
  mixed?: {
    msg_item: Array<{
      /** text or image [100719]. */
      msgtype: string
      text?: { content: string }
      image?: AibotFile
    }>
  }
  voice?: { content: string }
  file?: AibotFile
  video?: AibotFile
}

/** A file that was sent to a bot, encrypted. */
export interface AibotFile {
  /** Valid for 5 minutes [100719]. */
  url: string
  /** Key of the file where it has one of its own, base64; else the EncodingAESKey is [100719]. */
  aeskey?: string
}

/**
 * A message or event of a group robot, 群机器人 [99399, 91881]. With `robot_callback_format=json` in the callback URL WeCom writes the
 * names in lower snake case; handlers see them as here, and `context.plaintext` has what was sent.
 */
export interface GroupbotBase {
  /** A secret: whoever has it may post to the chat [99399]. */
  WebhookUrl: string
  /** Repeats of a callback share it [99399]. */
  MsgId: string
  /** 会话 The chat [99399]. */
  ChatId: string
  /** In replies to a blackboard only [99399]. */
  PostId?: string
  /** single, group, blackboard or blackboard_reply [99399]. */
  ChatType: string
  /** 发送者 Who wrote it [99399]. */
  From: {
    /** userid of the sender [99399]. */
    UserId: string
    /** Name of the sender [99399]. */
    Name?: string
    /** Alias of the sender [99399]. */
    Alias?: string
  }
  /** Tells about the chat once, within 5 minutes [99399]. */
  GetChatInfoUrl?: string
  ChangeType?: never
  InfoType?: never
  msgtype?: never
}

/** A notice of a payment, 对外收款 [97478]: of no product that has a MsgType. */
export interface PaymentBase {
  MsgType?: never
  Event?: never
  ChangeType?: never
  InfoType?: never
  msgtype?: never
}
