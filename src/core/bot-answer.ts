import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import type { AibotStreamImage } from '../reply/aibot.js'
import { isStream, type StreamReply } from '../reply/stream-reply.js'
import { contentOf, isText } from '../reply/text.js'
import { isPromise } from '../support/is-promise.js'
import type { WholeReply } from '../streams/bubble.js'
import { streamReference } from '../streams/frame.js'
import type { Producer } from '../streams/producer.js'
import { discardSource } from '../streams/source/open.js'
import { sourceOf } from '../streams/source/stream.js'
import { streamId } from '../streams/stream-id.js'
import type { Bots, StreamedMessage } from './bots.js'

/** How the run of a bot's handler is settled. */
export interface BotRun extends StreamedMessage {
  readonly settled: boolean
  answer (value: unknown): void
  fail (error: unknown): void
  settleDone (reply: string): void
  settleFailed (error: unknown): void
  compose (value: unknown): string
  warn (message: string, cause?: unknown): void
}

/** What is kept of the deadline for beginning a stream in its store, milliseconds. */
const OPENING_TIME = 100
/** After this it is tried again where the store failed. */
const OPENING_PAUSE = 1_000

/**
 * The answer of a bot's handler, as far as it takes the form of a stream: where the handler returns one, or takes
 * longer than it may.
 */
export class BotAnswer {
  readonly #bots: Bots
  readonly #run: BotRun
  /** Whether the handler has answered, where its answer goes into a stream; `undefined` while it need not. */
  answered: boolean | undefined
  /** The stream that was begun for a handler that had not answered. */
  #producer: Producer | undefined
  #opened: Promise<boolean> | undefined
  #opening: NodeJS.Timeout | undefined

  constructor (bots: Bots, run: BotRun) {
    this.#bots = bots
    this.#run = run
  }

  /** The handler has not answered at once: when its time is over, a stream is begun for it. */
  openBefore (deadline: number): void {
    this.#openAfter(this.#run.arrivedAt + deadline - OPENING_TIME - performance.now())
  }

  /** None is begun any more. */
  openNever (): void {
    clearTimeout(this.#opening)
  }

  /**
   * Takes what the handler answers, unless that goes out as it is.
   *
   * @throws WecomError WECOM_REPLY_INVALID
   */
  takes (value: unknown): boolean {
    if (this.answered !== undefined) {
      this.#put(value)
      this.answered = true
      return true
    }
    this.openNever()
    if (!isStream(value)) return false
    this.answered = true
    this.#begin(value)
    return true
  }

  /** Takes the failure of a handler for which a stream was begun. */
  takesFailure (error: unknown): boolean {
    if (this.answered === undefined) return false
    this.answered = true
    this.#intoStream(producer => { producer.fail(error) }, () => { this.#run.settleFailed(error) })
    return true
  }

  /** The handler has answered with a stream. */
  #begin (reply: StreamReply): void {
    const producer = this.#bots.produce(this.#run)
    const begun = (): void => {
      producer.pump(reply)
      this.#bots.begun(producer)
      this.#settleStreamed()
    }
    const fails = (error: unknown): void => {
      this.#bots.forget(producer)
      discardSource(sourceOf(reply))
      this.#run.settleFailed(error)
    }
    try {
      const beginning = producer.begin(reply)
      if (isPromise(beginning)) beginning.then(begun, fails)
      else begun()
    } catch (error) {
      fails(error)
    }
  }

  #openAfter (milliseconds: number): void {
    this.#opening = setTimeout(() => { this.#open() }, Math.max(0, milliseconds)).unref()
  }

  /** The time of the handler is over: its answer will go into a stream, which begins empty. */
  #open (): void {
    if (this.#run.settled) return
    this.answered = false
    const producer = this.#producer = this.#bots.produce(this.#run)
    this.#opened = this.#beginEmpty(producer)
    this.#opened.then(opened => {
      if (opened) {
        this.#settleStreamed()
        return
      }
      const stillRuns = this.answered === false
      this.answered = undefined
      if (stillRuns) this.#openAfter(OPENING_PAUSE)
    })
  }

  /** Never rejects: without the store, the answer waits for its handler. */
  async #beginEmpty (producer: Producer): Promise<boolean> {
    try {
      await producer.begin()
      this.#bots.begun(producer)
      return true
    } catch (error) {
      this.#bots.forget(producer)
      this.#run.warn('no stream could be started for a slow handler: WeCom gets an answer when it ends', error)
      return false
    }
  }

  /** What a request is answered with is looked up when it is. */
  #settleStreamed (): void {
    this.#run.settleDone(streamReference(streamId(this.#run.context.key)))
  }

  /** What the handler answers, into the stream that was begun for it. */
  #put (value: unknown): void {
    const whole = isStream(value) ? value : this.#whole(value)
    this.#intoStream(
      producer => { isStream(whole) ? producer.pump(whole) : producer.take(whole) },
      () => {
        try {
          this.#run.answer(value)
        } catch (error) {
          this.#run.fail(error)
        }
      }
    )
  }

  /** @param plain what to do where the stream could not be begun after all */
  #intoStream (streamed: (producer: Producer) => void, plain: () => void): void {
    const producer = this.#producer as Producer
    this.#opened?.then(opened => { opened ? streamed(producer) : plain() })
  }

  #whole (value: unknown): WholeReply {
    // As long as it is: what does not fit goes another way.
    if (isText(value) && typeof contentOf(value) === 'string') {
      return { text: contentOf(value) as string, images: [], card: undefined }
    }
    const composed = this.#run.compose(value)
    const { stream, template_card: card } = (composed === '' ? {} : JSON.parse(composed)) as Composed
    return { text: stream?.content ?? '', images: stream?.msg_item?.map(({ image }) => image) ?? [], card }
  }
}

interface Composed {
  stream?: { content?: string, msg_item?: AibotStreamImage[] }
  template_card?: AibotTemplateCard
}
