import { isObject } from './check.js'

/** Names that JSON does not spell as the rule would have it [99399]. */
const IRREGULAR: Readonly<Record<string, string>> = { MsgType: 'msgtype', Attachment: 'attachments' }
/** `response_type` is a bot's: it stays, so that the error can name it. */
const REGULAR: Readonly<Record<string, string>> = {
  msgtype: 'MsgType',
  attachments: 'Attachment',
  response_type: 'response_type'
}

/** A group robot's reply as its JSON spells it: `VisibleToUser` is `visible_to_user`. */
export function toSnakeCase (reply: unknown): unknown {
  return rename(reply, name => IRREGULAR[name] ?? name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase())
}

/** As its XML spells it, which the limits know; names that are spelled so already stay. */
export function toCamelCase (reply: unknown): unknown {
  return rename(
    reply,
    name => REGULAR[name] ?? name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
  )
}

/** Beyond 32 levels, where the check refuses a reply, names stay as they are. */
function rename (value: unknown, spell: (name: string) => string, depth = 0): unknown {
  if (depth > 32) return value
  if (Array.isArray(value)) return value.map(item => rename(item, spell, depth + 1))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [spell(name), rename(inner, spell, depth + 1)])
  )
}
