import type { MessageObject } from '../message/object.js'
import type { Answered } from './answered.js'
import { isObject } from './check.js'
import { invalidReply } from './invalid.js'
import { typeName } from './type-name.js'

/** The reply with what the message already says; what the caller gave stays. */
export function complete (reply: MessageObject, answered: Answered): MessageObject {
  const { kind, message } = answered
  if (kind.product === 'app') return withDefaults(reply, { ...addressed(message), ArticleCount: countArticles(reply) })
  const { stream, template_card: card } = reply
  const { streamId, taskId } = idsOf(answered)
  return {
    ...reply,
    ...(streamId !== undefined && isObject(stream) ? { stream: withDefaults(stream, { id: streamId }) } : {}),
    ...(taskId !== undefined && isObject(card) ? { template_card: withDefaults(card, { task_id: taskId }) } : {})
  }
}

/** The ids that tie a bot's reply to what it answers: with another one the user sees nothing change. */
export function checkIds (reply: MessageObject, answered: Answered): void {
  const { streamId, taskId } = idsOf(answered)
  check(
    'stream.id',
    (reply.stream as MessageObject | undefined)?.id,
    streamId,
    'Answer every refresh of a stream with the id of its first reply, or leave the id out here.'
  )
  check(
    'template_card.task_id',
    (reply.template_card as MessageObject | undefined)?.task_id,
    taskId,
    "Update the card that was clicked: repeat the event's task_id, or leave it out."
  )
}

function check (path: string, given: unknown, wanted: string | undefined, fix: string): void {
  if (given === undefined || wanted === undefined || given === wanted) return
  throw invalidReply({
    expected: `${path} to be the one of the message`,
    got: typeof given === 'string' ? 'another one' : typeName(given),
    fix
  })
}

function idsOf ({ kind, message }: Answered): { streamId?: string | undefined, taskId?: string | undefined } {
  if (kind.key === 'aibot.stream') return { streamId: textAt(message, 'stream', 'id') }
  if (kind.key === 'aibot.event.template_card_event') {
    return { taskId: textAt(message, 'event', 'template_card_event', 'task_id') }
  }
  return {}
}

function textAt (message: MessageObject, ...path: string[]): string | undefined {
  const value = path.reduce<unknown>((inner, name) => isObject(inner) ? inner[name] : undefined, message)
  return typeof value === 'string' ? value : undefined
}

/** Sender and receiver change places [90241]. */
function addressed ({ ToUserName, FromUserName }: MessageObject): MessageObject {
  return {
    ToUserName: FromUserName,
    FromUserName: ToUserName === '' ? undefined : ToUserName,
    CreateTime: Math.floor(Date.now() / 1000)
  }
}

function countArticles ({ MsgType, Articles }: MessageObject): number | undefined {
  if (MsgType !== 'news') return undefined
  const inner = isObject(Articles) ? Articles.item : Articles
  return Array.isArray(inner) ? inner.length : 1
}

function withDefaults (given: MessageObject, defaults: MessageObject): MessageObject {
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}
