import { randomBytes } from 'node:crypto'
import { canonicalKey, catalogueKeys } from '../message/kind.js'
import { isObject } from '../message/object.js'
import { parseMessage } from '../message/parse.js'
import { samplesOf } from '../message/samples.js'
import type { MessageKey, MessageOf } from '../message/types.js'
import { digits } from './wire.js'

/** Fields to change: objects are merged, lists and values replaced, `undefined` takes a field away. */
export type SampleOverrides<Message> = {
  [Field in keyof Message]?:
    | (Message[Field] extends readonly unknown[]
      ? Message[Field]
      : Message[Field] extends object
        ? SampleOverrides<Message[Field]>
        : Message[Field])
    | undefined
}

/** Every key that `sample` knows: all of docs/messages.md. */
export const sampleKeys: readonly MessageKey[] = [...catalogueKeys()] as MessageKey[]

/**
 * A message of a kind with realistic, made-up values, as a handler would see it: to be sent by `wecomClient`, or given
 * to a handler directly. Each is a message of its own: it has a fresh MsgId and the time of now. Events have no id:
 * theirs is moved on a second where the same kind had that time already, as WeCom's duplicates are told by it.
 *
 * @example
 * ```ts
 * const message = sample('text', { Content: '你好' })
 * ```
 *
 * @param variant of kinds that come in several layouts (bot card events), which one
 */
export function sample<Key extends MessageKey> (
  key: Key,
  overrides?: SampleOverrides<MessageOf<Key>>,
  variant = 0
): MessageOf<Key> {
  const texts = sampleTexts(key)
  const text = texts[variant]
  if (text === undefined) throw new RangeError(`expected a variant below ${texts.length} of ${key}, got ${variant}`)
  const { message } = parseMessage(text)
  refresh(key, message)
  return merge(message, overrides ?? {}) as unknown as MessageOf<Key>
}

/** The samples of a key as WeCom writes them. */
function sampleTexts (key: string): readonly string[] {
  const known = canonicalKey(key)
  if (known === key) return samplesOf(known)
  const near = sampleKeys.find(known => known.toLowerCase() === key.toLowerCase() || known.endsWith(`.${key}`))
  throw new RangeError(
    `expected a key of docs/messages.md, got '${key}'.${near === undefined ? '' : ` Did you mean '${near}'?`}`
  )
}

type Fields = Record<string, unknown>

const TIMES = ['CreateTime', 'TimeStamp', 'create_time'] as const
const lastTimes = new Map<string, number>()

function refresh (key: string, message: Fields): void {
  if (typeof message.MsgId === 'string') {
    message.MsgId = key.startsWith('groupbot.') ? `gbmsg${randomBytes(6).toString('hex')}` : `7${digits(18)}`
  }
  if (typeof message.msgid === 'string') message.msgid = `CAIQ${randomBytes(12).toString('base64')}`
  if (key === 'payment') message.id = `EV-${randomBytes(8).toString('hex')}`
  // A payment's create_time is no Unix time.
  const field = TIMES.find(name => typeof message[name] === 'number')
  // What has an id is told apart by it: its time is that of the clock, however many are made in a second.
  const hasId = typeof message.MsgId === 'string' || typeof message.msgid === 'string'
  if (field !== undefined) message[field] = hasId ? Math.floor(Date.now() / 1000) : newTime(key)
}

/** A clock that was set back by far is a new clock, not a message of the same second. */
const SET_BACK = 600

function newTime (key: string): number {
  const now = Math.floor(Date.now() / 1000)
  const last = lastTimes.get(key) ?? -Infinity
  const time = now <= last && now > last - SET_BACK ? last + 1 : now
  lastTimes.set(key, time)
  return time
}

function merge (fields: Fields, overrides: Fields): Fields {
  const merged: Fields = { ...fields }
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) delete merged[name]
    else merged[name] = isObject(value) && isObject(merged[name]) ? merge(merged[name], value) : value
  }
  return merged
}
