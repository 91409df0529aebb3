import { conversationKey, promptOf, stream, text, type AibotTextMessage, type CallbackContext } from 'fastify-wecom'
import { ask, type Model, type Turn } from './model.js'

/** How much of a conversation the model is told, and how many conversations are kept: a real bot has a database. */
const TURNS = 20
const CONVERSATIONS = 1_000

/** A bot (智能机器人) that answers by a model while it writes, and remembers what was said. "停" stops it. */
export function createChat (model: Model) {
  const histories = new Map<string, Turn[]>()

  function remember (conversation: string, turns: Turn[]): void {
    const [oldest] = histories.keys()
    if (histories.size >= CONVERSATIONS && oldest !== undefined) histories.delete(oldest)
    histories.delete(conversation)
    histories.set(conversation, turns.slice(-TURNS))
  }

  return async (message: AibotTextMessage, context: CallbackContext) => {
    const conversation = conversationKey(message)
    const content = promptOf(message)
    if (content === '停') return text(await context.stopStreams() > 0 ? '好的，不说了' : '我没在说话')
    const turns: Turn[] = [...histories.get(conversation) ?? [], { role: 'user', content }]
    return stream(ask(model, turns, context.signal), {
      onEnd ({ text: answer }) {
        if (answer !== '') remember(conversation, [...turns, { role: 'assistant', content: answer }])
      }
    })
  }
}
