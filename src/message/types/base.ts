/**
 * What the kinds of one scene share. Each declares the discriminants it lacks as never, so that one check of MsgType, Event,
 * ChangeType, InfoType or msgtype narrows the union of all.
 */

/** A message to an app [90239]. */
export interface OrdinaryBase {
  /** corpid of the receiver. */
  ToUserName: string
  /** userid of the sender. */
  FromUserName: string
  /** Unix seconds. */
  CreateTime: number
  /** 64 bits, more than a number holds, so it is text; repeats of a message share it. */
  MsgId: string
  /** The app's id. */
  AgentID: string
  Event?: never
  ChangeType?: never
  InfoType?: never
  msgtype?: never
}

/** An event of an app or of the system [90240]. */
export interface EventDiscriminants {
  MsgType: 'event'
  InfoType?: never
  msgtype?: never
}

export interface EventBase extends EventDiscriminants {
  /** corpid of the receiving corp. */
  ToUserName: string
  /** userid of the acting member; `sys` in events of the system. */
  FromUserName: string
  /** Unix seconds. */
  CreateTime: number
}

export interface AgentEventBase extends EventBase {
  /** The app's id. */
  AgentID: string
}

/** A notice to a suite or a provider [90642, 97172]. */
export interface InfoDiscriminants {
  MsgType?: never
  Event?: never
  msgtype?: never
}

export interface SuiteInfoBase extends InfoDiscriminants {
  /** The suite's id, or that of the template of a customised app. */
  SuiteId: string
  /** Unix seconds. */
  TimeStamp: number
}

export interface CorpInfoBase extends SuiteInfoBase {
  /** The corp that authorised. */
  AuthCorpId: string
}

export interface ProviderInfoBase extends InfoDiscriminants {
  /** corpid of the provider. */
  ServiceCorpId: string
  /** Unix seconds. */
  TimeStamp: number
}

/**
 * A message or event of a bot, 智能机器人 [100719, 101027]. In events `event.eventtype` tells what `event` holds: checking it narrows
 * `message.event`, not `message` itself, as TypeScript narrows by a field of the object alone; `router.on('aibot.event.enter_chat', …)` does both.
 */
export interface AibotBase {
  /** Repeats of a callback share it; every poll of a stream has its own. */
  msgid: string
  /** The bot's id. */
  aibotid: string
  /** In groups only. */
  chatid?: string
  from: {
    /** Encrypted where the bot's creator is no super administrator. */
    userid: string
    /** Not sent for a corp's own bots. */
    corpid?: string
    /** In groups, with some events. */
    chat_id?: string
  }
  /** A secret: takes one reply, within an hour. Not sent with stream, feedback_event and enter_chat. */
  response_url?: string
  MsgType?: never
  Event?: never
  ChangeType?: never
  InfoType?: never
}

/** A message to a bot, 智能机器人 [100719]. */
export interface AibotMessageBase extends AibotBase {
  /** Unix seconds. */
  create_time?: number
  /** The message that was quoted. */
  quote?: AibotQuote
}

/** What a message to a bot quotes; `msgtype` tells which of the others is there. */
export interface AibotQuote {
  /** text, image, mixed, voice, file or video. */
  msgtype: string
  text?: { content: string }
  image?: AibotFile
  mixed?: {
    msg_item: Array<{
      /** text or image. */
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
  /** Valid for 5 minutes. */
  url: string
  /** Key of the file where it has one of its own, base64; else the EncodingAESKey is. */
  aeskey?: string
}

/**
 * A message or event of a group robot, 群机器人 [99399, 91881]. With `robot_callback_format=json` in the callback URL WeCom writes the
 * names in lower snake case; handlers see them as here, and `context.plaintext` has what was sent.
 */
export interface GroupbotBase {
  /** A secret: whoever has it may post to the chat. */
  WebhookUrl: string
  /** Repeats of a callback share it. */
  MsgId: string
  ChatId: string
  /** In replies to a blackboard only. */
  PostId?: string
  /** single, group, blackboard or blackboard_reply. */
  ChatType: string
  From: {
    UserId: string
    Name?: string
    Alias?: string
  }
  /** Tells about the chat once, within 5 minutes. */
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
