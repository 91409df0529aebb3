import type { AibotMessage, UnlistedAibot, UnlistedAibotEvent } from '../message/types.js'

/** A bot's message as handlers get it, of a kind that is known or not. */
export type AnyAibotMessage = AibotMessage | UnlistedAibot | UnlistedAibotEvent

/** A picture, file or video in a message to a bot; open it within five minutes. */
export interface MediaRef {
  readonly type: 'image' | 'file' | 'video'
  /** A secret: whoever has it can download the encrypted file, for 5 minutes. */
  readonly url: string
  /** The file's own key, base64, where it has one; else the EncodingAESKey of the bot is the key. */
  readonly aeskey?: string
  /** Whether it stands in the message that was quoted. */
  readonly quoted: boolean
}

/**
 * The pictures, files and videos of a message to a bot [100719] in the order in which they stand there, those of the
 * message that it quotes last; empty for all other messages and events.
 *
 * @example
 * ```ts
 * createRouter().on('aibot.mixed', message => text(`收到 ${mediaOf(message).length} 张图片`))
 * ```
 */
export function mediaOf (message: AnyAibotMessage): readonly MediaRef[] {
  const refs: MediaRef[] = []
  for (const { type, content, quoted } of partsOf(message)) {
    if (type !== 'image' && type !== 'file' && type !== 'video') continue
    const { url, aeskey } = content
    if (typeof url !== 'string' || url === '') continue
    refs.push(typeof aeskey === 'string' && aeskey !== '' ? { type, url, aeskey, quoted } : { type, url, quoted })
  }
  return refs
}

/** A piece of a message: its type, what stands under that name, and whether it was quoted. */
export interface MessagePart {
  readonly type: string
  readonly content: Readonly<Record<string, unknown>>
  readonly quoted: boolean
}

/** The pieces of a message, mixed ones taken apart; those of its quote last. */
export function partsOf (message: AnyAibotMessage): MessagePart[] {
  const parts: MessagePart[] = []
  addParts(parts, message, false)
  addParts(parts, fieldsOf(message).quote, true)
  return parts
}

function addParts (parts: MessagePart[], holder: unknown, quoted: boolean): void {
  const type = fieldsOf(holder).msgtype
  if (typeof type !== 'string' || !Object.hasOwn(fieldsOf(holder), type)) return
  const content = fieldsOf(fieldsOf(holder)[type])
  if (type !== 'mixed') {
    parts.push({ type, content, quoted })
  } else if (Array.isArray(content.msg_item)) {
    for (const item of content.msg_item as unknown[]) {
      // WeCom has mixed messages of one level alone.
      if (fieldsOf(item).msgtype !== 'mixed') addParts(parts, item, quoted)
    }
  }
}

/** The fields of what should be an object; messages of kinds that are not known have any shape. */
export function fieldsOf (value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
}
