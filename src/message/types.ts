import type { MessageMap } from './types/all.js'

export type * from './types/all.js'

/** A kind's router key: `text`, `event.change_contact.create_user`, `info.suite_ticket`, `aibot.text`, … */
export type MessageKey = keyof MessageMap

/** A message to an app [90239]; `MsgType` tells which. */
export type OrdinaryMessage = MessageMap[OrdinaryKey]

/** An event of an app [90240]; `Event` and, for changes, `ChangeType` tell which. */
export type EventMessage = MessageMap[KeyBelow<'event'>]

/** A notice to a suite or a provider [90642, 97172]; `InfoType` and, for changes, `ChangeType` tell which. */
export type InfoMessage = MessageMap[KeyBelow<'info'>]

/**
 * A message or event of a bot, 智能机器人 [100719, 101027]; `msgtype` tells which. Of an event `event.eventtype` tells which: it narrows
 * `message.event`, not `message`.
 */
export type AibotMessage = MessageMap[KeyBelow<'aibot'>]

/** A message or event of a group robot, 群机器人 [99399, 91881]; `MsgType` tells which. Of an event `Event.EventType` tells which, and narrows nothing else. */
export type GroupbotMessage = MessageMap[KeyBelow<'groupbot'>]

/**
 * What WeCom sends to apps, suites, providers and bots. Messages of group robots and of kinds that are not known pass as well; they
 * are typed by the router, as they would spoil the narrowing here: see `kind` and `plaintext` of the context.
 */
export type WecomMessage = OrdinaryMessage | EventMessage | InfoMessage | AibotMessage

/** A message of a kind that this package does not know, as it was sent. */
export type UnknownMessage = Readonly<Record<string, unknown>>

/** A beginning of keys: `event`, `event.change_contact`, `info`, `aibot`, `aibot.event`, … */
export type MessageKeyPrefix = PrefixOf<MessageKey>

/** What `router.on(…)` takes: a kind, or a prefix for all below it. */
export type RouterKey = MessageKey | MessageKeyPrefix

/** The kinds that a router key stands for. */
export type KeysOf<Key extends RouterKey> = Key extends MessageKey ? Key : KeyBelow<Key>

/** The message of a router key; of a prefix or of several keys, the union of theirs. */
export type MessageOf<Key extends RouterKey> = MessageMap[KeysOf<Key>]

type KeyBelow<Prefix extends string> = Extract<MessageKey, `${Prefix}.${string}`>
type OrdinaryKey = Exclude<MessageKey, KeyBelow<'event' | 'info' | 'aibot' | 'groupbot'>>
type PrefixOf<Key extends string> = Key extends `${infer First}.${infer Rest}` ? First | `${First}.${PrefixOf<Rest>}` : never
