import type { AppTemplateCard } from './app-cards.js'

/** What every reply of an app begins with; all three are filled in, and kept where they are given. */
export interface AppReplyBase {
  /** userid of the member who gets the reply; default: the sender of the message. */
  ToUserName?: string
  /** corpid; default: the receiver of the message. */
  FromUserName?: string
  /** Unix seconds; default: now. */
  CreateTime?: number
  msgtype?: never
  response_type?: never
}

/**
 * 文本 Text [90241].
 *
 * `text('…')` makes it.
 */
export interface AppTextReply extends AppReplyBase {
  MsgType: 'text'
  /** Up to 2048 bytes of UTF-8; longer text is cut, with a warning. */
  Content: string
  Text?: never
}

/**
 * 图片 Image [90241].
 */
export interface AppImageReply extends AppReplyBase {
  MsgType: 'image'
  Image: {
    /** From the upload of temporary media [90253]; valid for 3 days. */
    MediaId: string
  }
}

/**
 * 语音 Voice [90241].
 */
export interface AppVoiceReply extends AppReplyBase {
  MsgType: 'voice'
  Voice: {
    /** From the upload of temporary media [90253]; valid for 3 days. */
    MediaId: string
  }
}

/**
 * 视频 Video [90241].
 */
export interface AppVideoReply extends AppReplyBase {
  MsgType: 'video'
  Video: {
    /** From the upload of temporary media [90253]; valid for 3 days. */
    MediaId: string
    /** Up to 128 bytes of UTF-8; longer text is cut, with a warning. */
    Title?: string
    /** Up to 512 bytes of UTF-8; longer text is cut, with a warning. */
    Description?: string
  }
}

/** An article of a news reply. */
export interface AppArticle {
  /** Up to 128 bytes of UTF-8; longer text is cut, with a warning. */
  Title: string
  /** Up to 512 bytes of UTF-8; longer text is cut, with a warning. */
  Description?: string
  /** A large picture looks best at 640 × 320 pixels (older pages: 1068 × 455), a small one at 80 × 80. */
  PicUrl?: string
  /** Where a click leads, up to 2048 bytes; a longer one is an error. */
  Url?: string
}

/**
 * 图文 News [90241], 1 to 8 articles.
 *
 * `news([…])` makes it.
 */
export interface AppNewsReply extends AppReplyBase {
  MsgType: 'news'
  /** Counted where it is absent; where it is given, it must be right. */
  ArticleCount?: number
  /** A list, or nested as WeCom's XML is. More than 8 are an error. */
  Articles: readonly AppArticle[] | { item: readonly AppArticle[] }
}

/**
 * 更新点击用户的按钮文案 Replace the button text for the clicking member [90241].
 *
 * For a button_interaction, vote_interaction or multiple_interaction card. The buttons can no longer be clicked.
 * `updateButton('…')` makes it.
 */
export interface AppUpdateButtonReply extends AppReplyBase {
  MsgType: 'update_button'
  Button: {
    /** What the button says from now on. */
    ReplaceName: string
  }
}

/**
 * 更新任务卡片 Task card update.
 *
 * @deprecated by WeCom, as task cards are: template cards took their place.
 */
export interface AppUpdateTaskCardReply extends AppReplyBase {
  MsgType: 'update_taskcard'
  TaskCard: {
    /** What the button says from now on. */
    ReplaceName: string
  }
}

/**
 * 更新整张卡片 Replace the whole card for the clicking member [90241]; other receivers keep theirs (the update API
 * reaches them, with the event's ResponseCode).
 */
export interface AppUpdateTemplateCardReply extends AppReplyBase {
  MsgType: 'update_template_card'
  TemplateCard: AppTemplateCard
}

/** What answers a message of a member, and most events of an app that take an answer [90241]. */
export type AppMessageReply = AppTextReply | AppImageReply | AppVoiceReply | AppVideoReply | AppNewsReply

/** A passive reply of an app by its kind, `MsgType` [90241]. Written as XML, or as JSON where the message came so. */
export type AppReply = AppMessageReply | AppUpdateButtonReply | AppUpdateTaskCardReply | AppUpdateTemplateCardReply
