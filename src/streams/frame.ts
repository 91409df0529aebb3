import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import type { StreamImage } from './images.js'
import type { StreamView } from './store.js'
import { ID_PREFIX } from './stream-id.js'

/** What a stream's first answer says beside its text; kept with the stream, as retries ask for it again. */
export interface FirstAnswer {
  feedback?: string | undefined
}

/** What only its final answer holds, the same however often it is polled. */
export interface FinalAnswer {
  images: readonly StreamImage[]
  card?: AibotTemplateCard | undefined
}

export function writeFirst (first: FirstAnswer): string {
  return first.feedback === undefined ? '' : JSON.stringify(first)
}

/** Its part of the frame is written once: images are some 14 MB of JSON, and each poll of the end sends them again. */
export function writeFinal ({ images, card }: FinalAnswer): string {
  if (images.length === 0 && card === undefined) return ''
  const items = images.length === 0
    ? ''
    : `,"msg_item":${JSON.stringify(images.map(image => ({ msgtype: 'image', image })))}`
  return card === undefined
    ? `stream\n${items}}}`
    : `stream_with_template_card\n${items}},"template_card":${JSON.stringify(card)}}`
}

/**
 * The passive reply that shows a stream as it is now [101031]: JSON text.
 *
 * @param isFirst it answers the message, not a poll: feedback counts only there
 */
export function writeFrame (id: string, { state, text, first, final }: StreamView, isFirst: boolean): string {
  const finish = state === 'ended'
  const stream: Record<string, unknown> = { id, finish, content: text }
  const { feedback } = isFirst && first !== '' ? JSON.parse(first) as FirstAnswer : {}
  if (feedback !== undefined) stream.feedback = { id: feedback }
  if (!finish || final === '') return JSON.stringify({ msgtype: 'stream', stream })
  const end = final.indexOf('\n')
  return `{"msgtype":"${final.slice(0, end)}","stream":${JSON.stringify(stream).slice(0, -1)}${final.slice(end + 1)}`
}

/** An empty stream that goes on: what a run of a handler leaves in its store, to be looked up when it is asked for. */
export function streamReference (id: string): string {
  return `${REFERENCE}${id.slice(ID_PREFIX.length)}","finish":false,"content":""}}`
}

/** Whether the reply of a run is one; what apps write has ids of their own. */
export function isStreamReference (reply: string): boolean {
  return reply.startsWith(REFERENCE)
}

const REFERENCE = `{"msgtype":"stream","stream":{"id":"${ID_PREFIX}`
