import type { Entry, FieldNode } from './model.ts'

/** A base interface of types/base.ts, and the fields it declares: `?` optional. */
interface Base {
  name: string
  kind: Entry['kind']
  fields: string[]
}

/** The most specific first; the last of a kind declares discriminants only. */
const BASES: Base[] = [
  { name: 'OrdinaryBase', kind: 'message', fields: ['ToUserName', 'FromUserName', 'CreateTime', 'MsgId', 'AgentID'] },
  { name: 'AgentEventBase', kind: 'event', fields: ['ToUserName', 'FromUserName', 'CreateTime', 'AgentID'] },
  { name: 'EventBase', kind: 'event', fields: ['ToUserName', 'FromUserName', 'CreateTime'] },
  { name: 'EventDiscriminants', kind: 'event', fields: [] },
  { name: 'CorpInfoBase', kind: 'info', fields: ['SuiteId', 'AuthCorpId', 'TimeStamp'] },
  { name: 'SuiteInfoBase', kind: 'info', fields: ['SuiteId', 'TimeStamp'] },
  { name: 'ProviderInfoBase', kind: 'info', fields: ['ServiceCorpId', 'TimeStamp'] },
  { name: 'InfoDiscriminants', kind: 'info', fields: [] },
  { name: 'AibotMessageBase', kind: 'aibot', fields: ['msgid', 'aibotid', 'chatid?', 'from', 'response_url?', 'create_time?', 'quote?'] },
  { name: 'AibotBase', kind: 'aibot', fields: ['msgid', 'aibotid', 'chatid?', 'from', 'response_url?'] },
  { name: 'PaymentBase', kind: 'payment', fields: [] },
  { name: 'GroupbotBase', kind: 'groupbot', fields: ['WebhookUrl', 'MsgId', 'ChatId', 'PostId?', 'ChatType', 'From', 'GetChatInfoUrl?'] }
]

/** What the bases say already, in their own words. */
const KNOWN_NOTES = new Set([
  'corp id of the receiving corp', 'corp id', 'member userid', 'userid of the acting member', 'the literal sys for system events',
  'unix seconds', 'application id', 'suite id or customised-app template id', 'corp that authorised / paid', 'customer corp id', 'provider corp id',
  '64-bit integer, larger than 2^53: keep it as a string; de-duplication key', 'unique per callback, de-duplication key; every stream refresh has its own',
  'the message that was quoted', 'bot id', 'only when chattype is group', 'single use, valid 1 hour; not sent with stream, feedback_event, enter_chat',
  'secret', 'de-duplication key', 'blackboard replies only', 'single, group, blackboard, blackboard_reply', 'single use, 5 minutes'
])

/** The base an entry's interface extends, and the fields left to declare. */
export function baseOf (entry: Entry, tree: FieldNode[]): { base: string, rest: FieldNode[] } {
  const has = (field: string) => tree.some(({ name, optional = false }) => field === (optional ? `${name}?` : name))
  const base = BASES.find(({ kind, fields }) => kind === entry.kind && fields.every(has))
  if (base === undefined) throw new Error(`${entry.key} fits no base`)
  const inherited = (node: FieldNode) => base.fields.some(field => field.replace('?', '') === node.name) && KNOWN_NOTES.has(node.note ?? 'corp id')
  return { base: base.name, rest: tree.filter(node => !inherited(node)) }
}
