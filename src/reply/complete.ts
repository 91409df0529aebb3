import type { MessageObject } from '../message/object.js'
import type { Answered, AnsweredFields } from './answered.js'
import { setOwn } from '../support/own-fields.js'
import { isObject } from './check.js'
import { invalidReply } from './invalid.js'
import { typeName } from './type-name.js'

/** The reply with what the message already says; what the caller gave stays. */
export function complete (reply: MessageObject, { kind, message }: Answered): MessageObject {
  if (kind.product === 'app') return withDefaults(addressed(message, reply), reply)
  const completed = { ...reply }
  const { stream, template_card: card } = reply
  if (kind.key === STREAM) {
    const id = streamId(message)
    if (id !== undefined && isObject(stream)) completed.stream = withDefaults({ id }, stream)
  } else if (kind.key === CARD_EVENT) {
    const id = taskId(message)
    if (id !== undefined && isObject(card)) completed.template_card = withDefaults({ task_id: id }, card)
  }
  return completed
}

/** The ids that tie a bot's reply to what it answers: with another one the user sees nothing change. */
export function checkIds (reply: MessageObject, { kind, message }: Answered): void {
  if (kind.key === STREAM) {
    checkId(
      'stream.id',
      (reply.stream as MessageObject | undefined)?.id,
      streamId(message),
      'Answer every refresh of a stream with the id of its first reply, or leave the id out here.'
    )
  } else if (kind.key === CARD_EVENT) {
    checkId(
      'template_card.task_id',
      (reply.template_card as MessageObject | undefined)?.task_id,
      taskId(message),
      "Update the card that was clicked: repeat the event's task_id, or leave it out."
    )
  }
}

/** The kinds of message whose reply repeats an id. */
const STREAM = 'aibot.stream'
const CARD_EVENT = 'aibot.event.template_card_event'

function streamId ({ stream }: AnsweredFields): string | undefined {
  return textIn(stream, 'id')
}

function taskId ({ event }: AnsweredFields): string | undefined {
  return isObject(event) ? textIn(event.template_card_event, 'task_id') : undefined
}

function textIn (value: unknown, name: string): string | undefined {
  const text = isObject(value) ? value[name] : undefined
  return typeof text === 'string' ? text : undefined
}

function checkId (path: string, given: unknown, wanted: string | undefined, fix: string): void {
  if (given === undefined || wanted === undefined || given === wanted) return
  throw invalidReply({
    expected: `${path} to be the one of the message`,
    got: typeof given === 'string' ? 'another one' : typeName(given),
    fix
  })
}

/** Sender and receiver change places [90241]. */
function addressed ({ ToUserName, FromUserName }: AnsweredFields, reply: MessageObject): MessageObject {
  return {
    ToUserName: FromUserName,
    FromUserName: ToUserName === '' ? undefined : ToUserName,
    CreateTime: Math.floor(Date.now() / 1000),
    ArticleCount: countArticles(reply)
  }
}

function countArticles ({ MsgType, Articles }: MessageObject): number | undefined {
  if (MsgType !== 'news') return undefined
  const inner = isObject(Articles) ? Articles.item : Articles
  return Array.isArray(inner) ? inner.length : 1
}

/** The defaults, and over them what was given. */
function withDefaults (defaults: MessageObject, given: MessageObject): MessageObject {
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value !== undefined) setOwn(defaults, name, value)
  }
  return defaults
}
