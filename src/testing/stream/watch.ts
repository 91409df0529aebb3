import { isObject } from '../../message/object.js'
import type { WecomReply } from '../reply.js'
import { FRAME_CHECKS, who, type StreamProblemName } from './checks.js'
import { readContent } from './content.js'
import { readImages } from './images.js'
import type { StreamFrame } from './types.js'

/** Something a user, or WeCom, would not like. */
export interface StreamProblem {
  readonly name: StreamProblemName
  /** A whole sentence. */
  readonly text: string
}

type Stream = Readonly<Record<string, unknown>>

/** Whether a message was answered by a stream. */
export function isStream ({ answer, kind, message }: WecomReply): boolean {
  return answer === 'reply' && /^stream/.test(kind ?? '') && isObject(message?.stream)
}

/** Looks at a stream as its user does: keeps what was shown, and judges it. Each problem is told once. */
export class StreamWatch {
  readonly frames: StreamFrame[] = []
  readonly problems: StreamProblem[] = []
  /** The answer that is shown. */
  shown: WecomReply
  /** WeCom polls no more. */
  finished = false
  /** Of the answer to the message. */
  readonly id: string | undefined
  readonly #told = new Set<string>()
  /** An answer with finish, as text, whether WeCom got it or not. */
  #end: string | undefined

  /** @param reply to the message, at so many milliseconds; nothing is shown where it is no stream */
  constructor (reply: WecomReply, at: number) {
    this.shown = reply
    const { stream } = reply.message ?? {}
    this.id = isStream(reply) && typeof stream?.id === 'string' && stream.id !== '' ? stream.id : undefined
    if (isStream(reply)) this.#look(stream as Stream, reply, 0, at)
    this.#format(reply, 0)
  }

  /** What is wrong, as `name: sentence`. */
  get told (): string[] {
    return this.problems.map(({ name, text }) => `${name}: ${text}`)
  }

  /** The finished stream's parts. */
  get end (): { final: string, thinking: string, images: Buffer[] } {
    const { text, thinking } = readContent(this.frames.at(-1)?.content ?? '')
    if (!this.finished) return { final: '', thinking, images: [] }
    return { final: text, thinking, images: readImages(this.shown.message?.stream?.msg_item) }
  }

  /** An answer to a poll. Returns what is found wrong that was not before. */
  take (reply: WecomReply, poll: number, at: number): StreamProblem[] {
    const before = this.problems.length
    if (isStream(reply)) this.#refresh(reply, poll, at)
    else if (reply.answer === 'reply' || reply.answer === 'success') {
      const kind = reply.answer === 'success' ? 'success' : `a reply of kind ${reply.kind ?? 'unknown'}`
      this.#say('no stream', `${who({ poll })} is ${kind}, where only a stream, or nothing, may be answered.`)
    }
    this.#format(reply, poll)
    return this.problems.slice(before)
  }

  /** An answer that WeCom did not get: it is not shown, but what ends a stream must stay. */
  lose (reply: WecomReply): void {
    if (isStream(reply) && reply.message?.stream?.finish === true) this.#ended(reply)
  }

  /** A poll got no answer. */
  fail (text: string): StreamProblem[] {
    const before = this.problems.length
    this.#say('no answer', text, text)
    return this.problems.slice(before)
  }

  /** WeCom's patience is over. */
  giveUp (): void {
    this.#say('never finished', 'The stream was not finished when WeCom stopped to poll: what was shown last stays.')
  }

  #refresh (reply: WecomReply, poll: number, at: number): void {
    const stream = reply.message?.stream as Stream
    if (stream.id !== this.id) {
      this.#say('id changed', 'A poll was answered with another stream id: the client shows nothing further.')
      if (stream.finish === true) this.finished = true
      return
    }
    if (stream.finish === true || this.finished) this.#ended(reply)
    if (!this.finished) this.#look(stream, reply, poll, at)
  }

  #look (stream: Stream, reply: WecomReply, poll: number, at: number): void {
    const content = typeof stream.content === 'string' ? stream.content : ''
    const finish = stream.finish === true
    const frame = {
      poll,
      content,
      read: readContent(content),
      finish,
      before: this.frames.at(-1)?.content,
      images: stream.msg_item,
      feedback: stream.feedback
    }
    for (const [name, find] of FRAME_CHECKS) {
      const text = find(frame)
      if (text !== undefined) this.#say(name, text)
    }
    this.frames.push({ at, content, finish })
    this.shown = reply
    this.finished = finish
    if (finish) this.#ended(reply)
  }

  #ended ({ plaintext }: WecomReply): void {
    this.#end ??= plaintext
    if (plaintext === this.#end) return
    this.#say('changed after its end', 'Asked again, the finished stream was answered differently: its end must stay.')
  }

  #format ({ answer, problems }: WecomReply, poll: number): void {
    const name = answer === 'refused' ? 'refused' : answer === 'unreadable' && poll > 0 ? 'no stream' : 'malformed'
    for (const { text } of problems) this.#say(name, text, text)
  }

  /** @param key what is told once: by default the name, as one fault shows in many frames */
  #say (name: StreamProblemName, text: string, key: string = name): void {
    if (this.#told.has(key) || this.#told.has(text)) return
    this.#told.add(key).add(text)
    this.problems.push({ name, text })
  }
}
