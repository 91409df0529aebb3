import { field, textField } from './names.js'
import type { PlayRecord } from './state.js'

/** What became of cards, by their task_id. */
export interface Cards {
  /** As the last update shows them. */
  updated: ReadonlyMap<string, unknown>
  /** Those that stand somewhere in the conversation. */
  shown: ReadonlySet<string>
}

/** Reads the whole conversation: a card changes where it stands, whatever was said since. */
export function cardsOf (plays: PlayRecord[]): Cards {
  const updated = new Map<string, unknown>()
  const shown = new Set<string>()
  const show = (reply: unknown) => {
    const task = textField(reply, 'template_card', 'task_id')
    if (task !== undefined) shown.add(task)
  }
  for (const play of plays) {
    for (const { posted = [] } of play.messages) for (const { body } of posted) show(body)
    for (const { attempt: { outcome, reply }, message } of play.attempts) {
      if (message === null || outcome !== 'accepted' || reply?.message === undefined) continue
      if (textField(reply.message, 'response_type') !== 'update_template_card') { show(reply.message); continue }
      const task = textField(reply.message, 'template_card', 'task_id') ?? taskOfEvent(play.messages[message]?.content)
      if (task !== undefined) updated.set(task, field(reply.message, 'template_card'))
    }
  }
  return { updated, shown }
}

/** Of which card an event tells. */
export function taskOfEvent (content: unknown): string | undefined {
  return textField(content, 'event', 'template_card_event', 'task_id')
}
