import type { AibotReply, AibotStreamReply, AibotStreamWithTemplateCardReply, AibotTemplateCardReply, AibotTextReply, AibotUpdateTemplateCardReply } from './aibot.js'
import type { AppMessageReply, AppReply, AppUpdateButtonReply, AppUpdateTaskCardReply, AppUpdateTemplateCardReply } from './app.js'
import type { GroupBotReply } from './groupbot.js'
import type { TextReply } from './text.js'

export type * from './aibot.js'
export type * from './aibot-cards.js'
export type * from './app.js'
export type * from './app-cards.js'
export type * from './groupbot.js'
export type { TextReply } from './text.js'

/** XML or JSON text of a whole reply, of the caller's own making. A text for the user is `text('…')`. */
export type OwnText = `<${string}` | `{${string}`

/** The texts that are answers: `''` and `'success'` mean nothing to say. */
export type ReplyText = '' | 'success' | OwnText

/**
 * What a handler may answer: a reply by its kind, or XML or JSON text of the caller's own making; `undefined`, `''` and
 * `'success'` mean nothing to say. docs/replies.md lists the kinds, what they answer, and their limits.
 */
export type Reply = TextReply | AppReply | AibotReply | GroupBotReply | ReplyText | undefined

/** A reply that came after WeCom had its answer, as `onLateReply` gets it: a `text()` is the object it stands for. */
export type LateReply = AppReply | AibotReply | GroupBotReply | OwnText

/**
 * What a function that handles every kind may return: a reply, nothing, or, as kinds without a passive reply ignore it, whatever it has
 * that is no text.
 */
export type HandlerValue = Reply | NoPromise | number | bigint | boolean | null | void

/** A promise of a text would pass as an object. */
type NoPromise = object & { readonly then?: undefined }

/** The events of an app that take what a message takes [90241]. */
type AnsweredEvent = 'subscribe' | 'enter_agent' | 'LOCATION' | 'click' | 'view' | 'view_miniprogram' | 'scancode_waitmsg'

/** Every kind may be answered so. */
type Always = ReplyText | undefined

/**
 * What WeCom takes as passive reply to a message of this router key; `unknown` where it takes none and what a handler
 * returns is ignored; `Reply` for keys that name more than one scene.
 */
export type ReplyTo<Key extends string> =
  string extends Key ? Reply
    : Key extends 'event.template_card_event' ? AppUpdateButtonReply | AppUpdateTemplateCardReply | Always
      : Key extends 'event.template_card_menu_event' ? TextReply | AppMessageReply | AppUpdateTemplateCardReply | Always
        : Key extends 'event.taskcard_click' ? AppUpdateTaskCardReply | Always
          : Key extends `event.${AnsweredEvent}` ? TextReply | AppMessageReply | Always
            : Key extends 'event' | `event.${string}` | 'info' | `info.${string}` | 'aibot.event.feedback_event' ? unknown
              : Key extends 'aibot.event.enter_chat' ? TextReply | AibotTextReply | AibotTemplateCardReply | Always
                : Key extends 'aibot.event.template_card_event' ? AibotUpdateTemplateCardReply | Always
                  : Key extends 'aibot.stream' ? TextReply | AibotStreamReply | AibotStreamWithTemplateCardReply | Always
                    : Key extends 'aibot' | 'aibot.event' | `aibot.event.${string}` ? TextReply | AibotReply | Always
                      : Key extends `aibot.${string}` ? TextReply | AibotTemplateCardReply | AibotStreamReply | AibotStreamWithTemplateCardReply | Always
                        : Key extends 'groupbot' | `groupbot.${string}` ? TextReply | GroupBotReply | Always
                          : Key extends 'unknown' ? Reply
                            : TextReply | AppMessageReply | Always
