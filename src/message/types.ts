/** The discriminants of WeCom's messages. Each kind declares the ones it lacks as never, so that one check narrows. */
interface AppMessage {
  /** corpid of the receiver. */
  ToUserName: string
  /** userid of the sender; `sys` in many system events. */
  FromUserName: string
  /** Unix seconds. */
  CreateTime: number
  /** The app's id, as text. */
  AgentID?: string
  InfoType?: never
  msgtype?: never
}

interface OrdinaryMessage extends AppMessage {
  /** Exceeds 2^53, so it is text; repeats of a message share it. */
  MsgId: string
  Event?: never
  ChangeType?: never
}

/** 文本消息 Text message [90239]. */
export interface TextMessage extends OrdinaryMessage {
  MsgType: 'text'
  Content: string
}

/** 图片消息 Image message [90239]. */
export interface ImageMessage extends OrdinaryMessage {
  MsgType: 'image'
  PicUrl: string
  /** Valid for 3 days. */
  MediaId: string
}

/** 语音消息 Voice message [90239]. */
export interface VoiceMessage extends OrdinaryMessage {
  MsgType: 'voice'
  /** Valid for 3 days. */
  MediaId: string
  /** amr, speex, … */
  Format: string
}

/** 视频消息 Video message [90239]. */
export interface VideoMessage extends OrdinaryMessage {
  MsgType: 'video'
  /** Valid for 3 days. */
  MediaId: string
  /** Valid for 3 days. */
  ThumbMediaId: string
}

/** 位置消息 Location message [90239]. */
export interface LocationMessage extends OrdinaryMessage {
  MsgType: 'location'
  /** Latitude, degrees. */
  Location_X: number
  /** Longitude, degrees. */
  Location_Y: number
  /** Zoom of the map. */
  Scale: number
  /** Name of the place. */
  Label: string
  AppType?: string
}

/** 链接消息 Link message [90239]. */
export interface LinkMessage extends OrdinaryMessage {
  MsgType: 'link'
  Title: string
  Description: string
  Url: string
  PicUrl: string
}

/** An event of an app [90240]: `Event` and, for changes, `ChangeType` tell which; its fields pass as they were sent. */
export interface EventMessage extends AppMessage {
  MsgType: 'event'
  Event: string
  ChangeType?: string
  MsgId?: never
  [field: string]: unknown
}

/** A notice to a suite or a provider [90642, 97172]: `InfoType` tells which; its fields pass as they were sent. */
export interface InfoMessage {
  InfoType: string
  ChangeType?: string
  MsgType?: never
  Event?: never
  msgtype?: never
  [field: string]: unknown
}

/** A message or event of a bot, 智能机器人 [100719, 101027]; its fields pass as they were sent. */
export interface BotMessage {
  msgtype: string
  MsgType?: never
  Event?: never
  InfoType?: never
  ChangeType?: never
  [field: string]: unknown
}

/** What WeCom sends. Kinds that are not typed pass without loss: see `kind` and `plaintext` of the context. */
export type WecomMessage =
  | TextMessage | ImageMessage | VoiceMessage | VideoMessage | LocationMessage | LinkMessage
  | EventMessage | InfoMessage | BotMessage
