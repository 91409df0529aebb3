import { send } from './actions.js'
import { keep } from './history.js'
import { textField } from './names.js'
import { update, type MessageRecord, type PlayRecord, type Rating } from './state.js'

/** WeCom's number for no rating any more. */
const WITHDRAWN = 3

/** Rates a reply; what was pressed already is withdrawn, as in WeCom's app. */
export async function rate (play: PlayRecord, message: MessageRecord, id: string, pressed: Rating): Promise<void> {
  const before = message.rated
  const rated = before === pressed ? undefined : pressed
  update(() => { message.rated = rated })
  const feedback = { id, type: rated ?? WITHDRAWN, content: null, inaccurate_reason_list: null }
  const problem = await send([{
    key: 'aibot.event.feedback_event',
    fields: { ...conversationOf(message.content), event: { feedback_event: feedback } }
  }])
  if (problem !== undefined) update(() => { message.rated = before })
  if (play.done) keep(play)
}

/** What was chosen in a card: options by question. */
export type Chosen = ReadonlyArray<readonly [question: string, options: readonly string[]]>

/** Presses a button of a card: sends its event. */
export async function pressCard (
  content: Record<string, unknown>,
  card: unknown,
  key: string,
  chosen: Chosen
): Promise<void> {
  const items = chosen.map(([question, options]) => ({ question_key: question, option_ids: { option_id: options } }))
  await send([{
    key: 'aibot.event.template_card_event',
    fields: {
      ...conversationOf(content),
      event: {
        template_card_event: {
          card_type: textField(card, 'card_type') ?? '',
          event_key: key,
          task_id: textField(card, 'task_id') ?? null,
          selected_items: items.length === 0 ? null : { selected_item: items }
        }
      }
    }
  }])
}

/** Asks what a line of a card asks. */
export async function askBot (content: Record<string, unknown>, question: string): Promise<void> {
  await send([{
    key: 'aibot.text',
    fields: { ...conversationOf(content), text: { content: question }, quote: null }
  }])
}

/** Who wrote where to which bot: what comes next is of the same. */
function conversationOf ({ aibotid, chatid, chattype, from }: Record<string, unknown>): Record<string, unknown> {
  return { aibotid, chatid: chatid ?? null, chattype: chattype ?? null, from }
}
