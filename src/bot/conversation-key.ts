import { checkNames, optionInvalid } from '../support/options.js'
import { quote } from '../errors.js'
import { fieldsOf, type AnyAibotMessage } from './media-of.js'

export interface ConversationKeyOptions {
  /**
   * Whether each member of a group has a conversation of their own with the bot, or all share one. Default `member`.
   *
   * @example group: 'shared'
   */
  readonly group?: 'member' | 'shared' | undefined
}

/**
 * Names the conversation that a message to a bot belongs to, for its history: the bot and its user in a single chat,
 * the bot, the chat and the member in a group. No two conversations have the same key, whatever the ids contain; upper
 * and lower case are kept, because WeCom's ids may differ only in that. Polls and events of a conversation have its key
 * as well.
 *
 * @example
 * ```ts
 * createRouter().on('aibot.text', async message => {
 *   await save({ conversation: conversationKey(message), prompt: promptOf(message) })
 * })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function conversationKey (message: AnyAibotMessage, options: ConversationKeyOptions = {}): string {
  checkNames('conversationKey', options, ['group'])
  const { group = 'member' } = options
  if (group !== 'member' && group !== 'shared') {
    throw optionInvalid("group to be 'member' or 'shared'", quote(group), "Leave it out for 'member'.")
  }
  const { aibotid, chatid, chattype, from } = fieldsOf(message)
  const { userid, corpid, chat_id: chatOfEvent } = fieldsOf(from)
  // A bot of a third party talks with users of several corps, whose ids need not differ.
  const member = idOf(corpid) === '' ? [idOf(userid)] : [idOf(userid), idOf(corpid)]
  const chat = idOf(chatid) || idOf(chatOfEvent)
  // Some events leave the type of the chat out [101027].
  const single = chattype === 'single' || (chattype !== 'group' && chat === '')
  if (single) return join([idOf(aibotid), 'single', ...member])
  // Without a name for the chat, sharing would be with everybody.
  return join([idOf(aibotid), 'group', chat, ...group === 'shared' && chat !== '' ? [] : member])
}

/** As the separator is escaped, other ids make another key. */
function join (ids: string[]): string {
  return ids.map(id => id.replace(/[%:]/g, character => character === '%' ? '%25' : '%3A')).join(':')
}

function idOf (value: unknown): string {
  return typeof value === 'string' ? value : ''
}
