import type {
  AppArticle, AppImageReply, AppNewsReply, AppUpdateButtonReply, AppVideoReply, AppVoiceReply
} from './app.js'

/**
 * 图片 Image [90241]: `{ MsgType: 'image', Image: { MediaId } }`, a reply of an app.
 *
 * @example
 * ```ts
 * createRouter().on('image', message => image(message.MediaId))
 * ```
 */
export function image (mediaId: string): AppImageReply {
  return { MsgType: 'image', Image: { MediaId: mediaId } }
}

/**
 * 语音 Voice [90241]: `{ MsgType: 'voice', Voice: { MediaId } }`, a reply of an app.
 *
 * @example
 * ```ts
 * createRouter().on('voice', message => voice(message.MediaId))
 * ```
 */
export function voice (mediaId: string): AppVoiceReply {
  return { MsgType: 'voice', Voice: { MediaId: mediaId } }
}

/**
 * 视频 Video [90241]: `{ MsgType: 'video', Video: { MediaId, … } }`, a reply of an app. Title up to 128 bytes,
 * Description up to 512.
 *
 * @example
 * ```ts
 * createRouter().on('video', message => video(message.MediaId, { Title: '新品' }))
 * ```
 */
export function video (mediaId: string, about: Omit<AppVideoReply['Video'], 'MediaId'> = {}): AppVideoReply {
  return { MsgType: 'video', Video: { MediaId: mediaId, ...about } }
}

/**
 * 图文 News [90241]: `{ MsgType: 'news', Articles }`, a reply of an app; 1 to 8 articles.
 *
 * @example
 * ```ts
 * createRouter().on('event.subscribe', () => news([{ Title: '欢迎', Url: 'https://example.com' }]))
 * ```
 */
export function news (articles: readonly AppArticle[]): AppNewsReply {
  return { MsgType: 'news', Articles: articles }
}

/**
 * 更新按钮文案 New button text for the clicking member [90241]: `{ MsgType: 'update_button', Button: { ReplaceName } }`, for
 * template_card_event.
 *
 * @example
 * ```ts
 * createRouter().on('event.template_card_event', () => updateButton('已处理'))
 * ```
 */
export function updateButton (replaceName: string): AppUpdateButtonReply {
  return { MsgType: 'update_button', Button: { ReplaceName: replaceName } }
}
