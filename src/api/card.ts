import { invalidReply } from '../reply/invalid.js'

type Fields = Record<string, unknown>

/**
 * A bot's card as the message API has it [90236, 101032]: the same, save what only a bot can do.
 *
 * @param card checked
 * @throws WecomError WECOM_REPLY_INVALID
 */
export function toApiCard ({ feedback: _, ...card }: Fields): Fields {
  const jumps = (card.jump_list ?? []) as Fields[]
  if (jumps.some(({ type }) => type === 3)) {
    throw invalidReply({
      expected: 'a card that message/send can send',
      got: 'one with a jump_list of type 3, which asks the bot a question',
      fix: 'Only a bot has such links: leave them out here.'
    })
  }
  return card
}
