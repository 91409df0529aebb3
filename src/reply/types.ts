import type { ReplyKinds } from '../message/generated/types/replies.js'
import type { MessageKey, PassiveReplyKey } from '../message/types.js'
import type { AibotReply } from './aibot.js'
import type { AppReply } from './app.js'
import type { GroupBotReply } from './groupbot.js'
import type { StreamReply } from './stream-reply.js'
import type { TextReply } from './text.js'

export type * from './aibot.js'
export type * from './aibot-cards.js'
export type { AibotTemplateCard as TemplateCard } from './aibot-cards.js'
export type { AibotTemplateCardReply as TemplateCardReply } from './aibot.js'
export type * from './app.js'
export type * from './app-cards.js'
export type * from './groupbot.js'
export type { StreamReply } from './stream-reply.js'
export type { TextReply } from './text.js'

/** XML or JSON text of a whole reply that you have written yourself. A text for the user is `text('…')`. */
export type OwnText = `<${string}` | `{${string}`

/** The texts that are answers: `''` and `'success'` mean nothing to say. */
export type ReplyText = '' | 'success' | OwnText

/**
 * What a handler may answer: a reply of some kind, or XML or JSON text that you have written yourself; `undefined`,
 * `''` and `'success'` mean nothing to say. docs/replies.md lists the kinds, what they answer, and their limits.
 */
export type Reply = TextReply | StreamReply | AppReply | AibotReply | GroupBotReply | ReplyText | undefined

/** A reply that came after WeCom had its answer, as `onLateReply` gets it: a `text()` is the object it stands for. */
export type LateReply = AppReply | AibotReply | GroupBotReply | OwnText

/**
 * What a function that handles every kind may return: a reply, nothing, or any other value except a text, because kinds
 * without a passive reply ignore it.
 */
export type HandlerValue = Reply | NoPromise | number | bigint | boolean | null | void

/** A promise of a text would pass as an object. */
type NoPromise = object & { readonly then?: undefined }

/** Every kind may be answered so. */
type Always = ReplyText | undefined

/**
 * What WeCom takes as passive reply to a message of this router key; `unknown` where it takes none and what a handler
 * returns is ignored; `Reply` for keys that name more than one product.
 */
export type ReplyTo<Key extends string> =
  string extends Key ? Reply
    : Key extends PassiveReplyKey
      ? TextTo<ReplyKinds[Key]> | StreamTo<Key> | Named<RepliesOf<Key>, ReplyKinds[Key]> | Always
      : Key extends MessageKey | 'event' | `event.${string}` | 'info' | `info.${string}` ? unknown
        : Key extends 'unknown' ? Reply
          : TextReply | StreamOf<Key> | RepliesOf<Key> | Always

/** The replies of the product that a key is of. */
type RepliesOf<Key extends string> =
  Key extends 'aibot' | `aibot.${string}` ? AibotReply
    : Key extends 'groupbot' | `groupbot.${string}` ? GroupBotReply
      : AppReply

/** Those of these kinds. */
type Named<Replies, Kind extends string> = Extract<
  Replies,
  { MsgType: Kind } | { msgtype: Kind } | { response_type: Kind }
>

/** `text('…')` is written as a text or as a stream. */
type TextTo<Kind extends string> = [Extract<Kind, 'text' | 'stream'>] extends [never] ? never : TextReply

/** `stream(…)` goes where WeCom takes a stream, save to its polls for one: those the package answers. */
type StreamTo<Key extends PassiveReplyKey> =
  Key extends 'aibot.stream' ? never : 'stream' extends ReplyKinds[Key] ? StreamReply : never

type StreamOf<Key extends string> =
  Key extends `aibot.event${string}` ? never : Key extends 'aibot' | `aibot.${string}` ? StreamReply : never
