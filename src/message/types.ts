import type { MessageMap } from './generated/types/all.js'
import type { AibotBase, EventBase, GroupbotBase, InfoDiscriminants } from './generated/types/bases.js'

export type * from './generated/types/all.js'

/** A kind's router key: `text`, `event.change_contact.create_user`, `info.suite_ticket`, `aibot.text`, … */
export type MessageKey = keyof MessageMap

/** A message to an app [90239]; `MsgType` tells which. */
export type OrdinaryMessage = MessageMap[OrdinaryKey]

/** An event of an app [90240]; `Event` and, for changes, `ChangeType` tell which. */
export type EventMessage = MessageMap[KeyBelow<'event'>]

/** A notice to a suite or a provider [90642, 97172]; `InfoType` and, for changes, `ChangeType` tell which. */
export type InfoMessage = MessageMap[KeyBelow<'info'>]

/**
 * A message or event of a bot, 智能机器人 [100719, 101027]; `msgtype` tells which. Of an event `event.eventtype` tells
 * which: it narrows `message.event`, not `message`.
 */
export type AibotMessage = MessageMap[KeyBelow<'aibot'>]

/**
 * A message or event of a group robot, 群机器人 [99399, 91881]; `MsgType` tells which. Of an event `Event.EventType` tells
 * which, and narrows nothing else.
 */
export type GroupbotMessage = MessageMap[KeyBelow<'groupbot'>]

/**
 * What WeCom sends to apps, suites, providers and bots. Messages of group robots and of kinds that are not known pass
 * as well; they are typed by the router, as they would spoil the narrowing here: see `kind` and `plaintext` of the
 * context.
 */
export type WecomMessage = OrdinaryMessage | EventMessage | InfoMessage | AibotMessage

/** A message of a kind that this package does not know, as it was sent. */
export type UnknownMessage = Readonly<Record<string, unknown>>

/**
 * A word that this package does not know: a text, and none of those it does know, so that comparing with those narrows
 * (which is why it is an enum; it exists for the compiler only). To compare it with a new one:
 * `String(message.ChangeType) === 'freeze_user'`.
 */
export declare enum Unlisted { word = '' }

/**
 * An event of a kind, or a change, that is not known yet. What it holds beside the fields of all events:
 * `context.plaintext`, or the message as `UnknownMessage`.
 */
export interface UnlistedEvent<Name extends string = string> extends EventBase {
  Event: string extends Name ? Unlisted : Name
  ChangeType?: Unlisted
}

/** A notice of a kind, or a change, that is not known yet. */
export interface UnlistedInfo<Name extends string = string> extends InfoDiscriminants {
  InfoType: string extends Name ? Unlisted : Name
  ChangeType?: Unlisted
}

/** A message or an event of a bot of a kind that is not known yet. */
export interface UnlistedAibot extends AibotBase {
  msgtype: Unlisted
}

export interface UnlistedAibotEvent extends AibotBase {
  msgtype: 'event'
  event: { eventtype: Unlisted }
}

/** A message or an event of a group robot of a kind that is not known yet. */
export interface UnlistedGroupbot extends GroupbotBase {
  MsgType: Unlisted
  Event?: never
}

export interface UnlistedGroupbotEvent extends GroupbotBase {
  MsgType: 'event'
  Event: { EventType: Unlisted }
}

/**
 * What a handler of a prefix may get beside the kinds below it: those that WeCom has added since this package was
 * written.
 */
export type UnlistedOf<Key extends RouterKey> =
  Key extends MessageKey ? never
    : Key extends 'event' ? UnlistedEvent | UnlistedEvent<FamilyBelow<'event'>>
      : Key extends `event.${infer Name}` ? UnlistedEvent<Name>
        : Key extends 'info' ? UnlistedInfo | UnlistedInfo<FamilyBelow<'info'>>
          : Key extends `info.${infer Name}` ? UnlistedInfo<Name>
            : Key extends 'aibot' ? UnlistedAibot | UnlistedAibotEvent
              : Key extends 'aibot.event' ? UnlistedAibotEvent
                : Key extends 'groupbot' ? UnlistedGroupbot | UnlistedGroupbotEvent
                  : UnlistedGroupbotEvent

/** A beginning of keys: `event`, `event.change_contact`, `info`, `aibot`, `aibot.event`, … */
export type MessageKeyPrefix = PrefixOf<MessageKey>

/** What `router.on(…)` takes: a kind, or a prefix for all below it. */
export type RouterKey = MessageKey | MessageKeyPrefix

/** The kinds that a router key stands for. */
export type KeysOf<Key extends RouterKey> = Key extends MessageKey ? Key : KeyBelow<Key>

/** The message of a router key; of a prefix or of several keys, the union of theirs. */
export type MessageOf<Key extends RouterKey> = MessageMap[KeysOf<Key>]

type FamilyBelow<Prefix extends string> =
  MessageKeyPrefix extends infer Key ? Key extends `${Prefix}.${infer Name}` ? Name : never : never
type KeyBelow<Prefix extends string> = Extract<MessageKey, `${Prefix}.${string}`>
type OrdinaryKey = Exclude<MessageKey, KeyBelow<'event' | 'info' | 'aibot' | 'groupbot'> | 'payment'>
type PrefixOf<Key extends string> =
  Key extends `${infer First}.${infer Rest}` ? First | `${First}.${PrefixOf<Rest>}` : never
