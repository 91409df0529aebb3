import { quote } from '../errors.js'
import { checkNames, optionInvalid } from '../support/options.js'
import { fieldsOf, partsOf, type AnyAibotMessage, type MessagePart } from './media-of.js'

export interface PromptOptions {
  /**
   * The bot's name as chats show it. Every mention of it is removed, anywhere in the text; the name may contain blanks.
   * Default: if a message in a group begins with a mention, its first word is removed.
   *
   * @example botName: '小助手'
   */
  readonly botName?: string | undefined
  /**
   * Whether the text that the message quotes is put before it, each line after "> ". Default true.
   *
   * @example quote: false
   */
  readonly quote?: boolean | undefined
}

/**
 * What a user says to a bot, as a prompt for a model: the text without the mention of the bot, the texts of a mixed
 * message on separate lines, or what was said in a voice message, after what the message quotes. `''` if there is no
 * text, as in pictures, files, polls and events.
 *
 * @example
 * ```ts
 * createRouter().on('aibot.text', message => text(`你问：${promptOf(message, { botName: '小助手' })}`))
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function promptOf (message: AnyAibotMessage, options: PromptOptions = {}): string {
  checkNames('promptOf', options, ['botName', 'quote'])
  const { botName, quote: quoted = true } = options
  if (botName !== undefined && (typeof botName !== 'string' || botName.trim() === '')) {
    throw optionInvalid("botName to be the bot's name", quote(botName), 'Leave it out where the name is not known.')
  }
  const parts = partsOf(message)
  const said = textOf(parts.filter(part => !part.quoted))
  const own = botName === undefined ? withoutFirstWord(message, said) : withoutMentions(said, botName)
  const before = quoted ? textOf(parts.filter(part => part.quoted)) : ''
  if (before === '') return own
  const citation = before.split(/\r\n|\r|\n/).map(line => line === '' ? '>' : `> ${line}`).join('\n')
  return own === '' ? citation : `${citation}\n\n${own}`
}

function textOf (parts: MessagePart[]): string {
  return parts
    .filter(({ type }) => type === 'text' || type === 'voice')
    .map(({ content: { content } }) => typeof content === 'string' ? content.trim() : '')
    .filter(text => text !== '')
    .join('\n')
}

/** Single chats need no mention: what begins with @ there was meant so. */
function withoutFirstWord (message: AnyAibotMessage, text: string): string {
  const { chattype, chatid } = fieldsOf(message)
  const group = chattype === 'group' || (chattype === undefined && typeof chatid === 'string')
  return group ? text.replace(/^@\S+\s*/, '') : text
}

/**
 * A mention ends where its name does, yet another name may begin alike: 小助手 is not mentioned by "@小助手2". So what
 * goes on with a letter counts only where the text begins so and has no clearer mention: "@小助手你好".
 */
function withoutMentions (text: string, botName: string): string {
  const name = botName.trim().replace(/^@/, '').split(/\s+/).map(escaped).join('\\s+')
  const clear = new RegExp(`(?<![\\w.-])@${name}(?![\\p{L}\\p{N}_])`, 'u')
  return joined(text.split(clear.test(text) ? clear : new RegExp(`^@${name}(?!\\w)`, 'u')))
}

/** What stood between mentions: neither words nor lines run together, and no blank is left twice. */
function joined (pieces: string[]): string {
  const words: string[] = []
  let gap = ''
  for (const piece of pieces) {
    const word = piece.trim()
    const start = piece.indexOf(word)
    gap += piece.slice(0, start)
    if (word === '') {
      gap += piece
    } else {
      words.push(words.length === 0 || gap === '' ? '' : gap.includes('\n') ? '\n' : ' ', word)
      gap = piece.slice(start + word.length)
    }
  }
  return words.join('')
}

/** A word for a pattern with the flag u. */
function escaped (word: string): string {
  return word.replace(/[^\p{L}\p{N}]/gu, character => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}
