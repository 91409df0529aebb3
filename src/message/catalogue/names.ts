import type { Category } from './source.ts'

interface Keyed {
  key: string
  category: Category
  aliases?: string[]
}

/** The discriminants that the key is made of. */
export function discriminants ({ key, category, aliases = [] }: Keyed): Record<string, string[]> {
  const [, name = '', change] = key.split('.')
  const changeType: Record<string, string[]> = change === undefined ? {} : { ChangeType: [change, ...aliases] }
  switch (category) {
    case 'message': return { MsgType: [key] }
    case 'event': return { MsgType: ['event'], Event: [name], ...changeType }
    case 'info': return { InfoType: [name], ...changeType }
    case 'aibot': return { msgtype: [name], ...(change === undefined ? {} : { 'event.eventtype': [change] }) }
    case 'payment': return { resource_type: ['encrypt-resource'] }
    case 'groupbot': return { MsgType: [name], ...(change === undefined ? {} : { 'Event.EventType': [change] }) }
  }
}

/** `event.change_contact.create_user` → `ChangeContactCreateUserEvent`. */
export function interfaceName ({ key, category }: Keyed): string {
  const parts = key.split('.')
  const words = (category === 'message' ? parts : parts.slice(1)).flatMap(part => part.split('_'))
  const name = words.map(pascal).join('')
  if (category === 'message') return `${name}Message`
  if (category === 'payment') return 'PaymentNotice'
  if (category === 'info') return `${name}Info`
  if (category === 'event') return eventName(name)
  const product = category === 'aibot' ? 'Aibot' : 'Groupbot'
  if (parts[1] !== 'event') return `${product}${name}Message`
  return eventName(`${product}${words.slice(1).map(pascal).join('')}`)
}

function eventName (name: string): string {
  return name.endsWith('Event') ? name : `${name}Event`
}

/** `meeting-recording` → `MeetingRecordingKinds`. */
export function mapName (family: string): string {
  return `${pascals(family)}Kinds`
}

/** `app-card` → `AppCardReplyKind`. */
export function replyTypeName (set: string): string {
  return `${pascals(set)}ReplyKind`
}

function pascals (words: string): string {
  return words.split('-').map(pascal).join('')
}

function pascal (word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase()}`
}
