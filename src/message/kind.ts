import { catalogued, catalogueOf } from './lookup.js'
import type { MessageObject } from './object.js'
import type { MessageKey } from './types.js'

/** Which product a message is of: it decides how a reply is written. */
export type Scene = 'app' | 'info' | 'aibot' | 'groupbot'

/** What a message is: its scene and its router key, `unknown` where the catalogue has none. */
export interface Kind {
  scene: Scene
  /** `text`, `event.change_contact.create_user`, `info.suite_ticket`, `aibot.text`, `groupbot.event.enter_chat`, … */
  key: MessageKey | 'unknown'
}

/** Reads the discriminants: MsgType, Event, InfoType and ChangeType, or a bot's msgtype and eventtype. */
export function kindOf (message: MessageObject): Kind {
  const scene = sceneOf(message)
  return { scene, key: catalogued(discriminants(message, scene).map(word).join('.')) ?? 'unknown' }
}

/** Whether WeCom looks at the body of the answer. For kinds it has not heard of nobody can tell: they may be answered. */
export function takesPassiveReply ({ scene, key }: { scene: Scene, key: string }): boolean {
  return catalogueOf(key)?.passiveReply ?? scene !== 'info'
}

/** Only group robots have these (page 99399); bots have a `chattype` and an `aibotid`. */
const ROBOT_FIELDS = ['WebhookUrl', 'GetChatInfoUrl', 'ChatType', 'webhook_url', 'get_chat_info_url', 'chat_type']

function sceneOf (message: MessageObject): Scene {
  if ('InfoType' in message) return 'info'
  if ('aibotid' in message) return 'aibot'
  if (ROBOT_FIELDS.some(name => name in message)) return 'groupbot'
  return 'msgtype' in message ? 'aibot' : 'app'
}

function discriminants (message: MessageObject, scene: Scene): unknown[] {
  const { MsgType, Event, InfoType, ChangeType, msgtype, event } = message
  const change = ChangeType === undefined || ChangeType === '' ? [] : [ChangeType]
  if (scene === 'info') return ['info', InfoType, ...change]
  const type = MsgType ?? msgtype ?? message.msg_type
  const isEvent = word(type) === 'event'
  if (scene === 'app') return isEvent ? [type, Event, ...change] : [type]
  return isEvent ? [scene, type, eventType(Event ?? event)] : [scene, type]
}

function eventType (event: unknown): unknown {
  const { EventType, eventtype, event_type: snake } = (typeof event === 'object' && event !== null ? event : {}) as MessageObject
  return EventType ?? eventtype ?? snake
}

/** One part of a key; what cannot be one becomes something that no key has. */
function word (value: unknown): string {
  return typeof value === 'string' && !value.includes('.') ? value.trim() : '?'
}
