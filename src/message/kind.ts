import type { MessageObject } from './object.js'

/** Which product a message is of: it decides how a reply is written. */
export type Scene = 'app' | 'info' | 'aibot' | 'groupbot'

/** What a message is: its scene and its router key, `unknown` where nothing tells. */
export interface Kind {
  scene: Scene
  /** `text`, `event.change_contact.create_user`, `info.suite_ticket`, `aibot.text`, `groupbot.event.enter_chat`, … */
  key: string
}

/** Reads the discriminants: MsgType, Event, InfoType and ChangeType, or a bot's msgtype and eventtype. */
export function kindOf (message: MessageObject): Kind {
  const { MsgType, Event, InfoType, ChangeType, msgtype } = message
  if (typeof InfoType === 'string') return { scene: 'info', key: join('info', InfoType, ChangeType) }
  if (typeof msgtype === 'string') {
    const scene = 'webhook_url' in message || 'get_chat_info_url' in message ? 'groupbot' : 'aibot'
    return { scene, key: msgtype === 'event' ? join(scene, 'event', eventType(message.event, 'eventtype', 'event_type')) : join(scene, msgtype) }
  }
  if (typeof MsgType !== 'string') return { scene: 'app', key: 'unknown' }
  if ('WebhookUrl' in message || 'GetChatInfoUrl' in message) {
    return { scene: 'groupbot', key: MsgType === 'event' ? join('groupbot', 'event', eventType(Event, 'EventType')) : join('groupbot', MsgType) }
  }
  if (MsgType === 'event') return { scene: 'app', key: join('event', Event, ChangeType) }
  return { scene: 'app', key: join(MsgType) }
}

function join (...parts: unknown[]): string {
  return parts.filter(part => typeof part === 'string' && part !== '').join('.') || 'unknown'
}

function eventType (event: unknown, ...names: string[]): unknown {
  return typeof event === 'object' && event !== null ? names.map(name => (event as MessageObject)[name]).find(Boolean) : undefined
}

/** The events whose answer may be a passive reply (page 90241); all messages take one. */
const ANSWERED_EVENTS = new Set([
  'subscribe', 'enter_agent', 'LOCATION', 'click', 'view', 'view_miniprogram', 'scancode_waitmsg',
  'template_card_menu_event', 'template_card_event', 'taskcard_click'
])

/** Whether WeCom looks at the body of the answer. */
export function takesPassiveReply ({ scene, key }: Kind): boolean {
  if (scene === 'info') return false
  if (scene === 'app') return !key.startsWith('event') || ANSWERED_EVENTS.has(key.split('.')[1] as string)
  return key !== 'aibot.event.feedback_event'
}
