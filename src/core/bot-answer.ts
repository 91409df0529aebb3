import type { AibotTemplateCard } from '../reply/aibot-cards.js'
import type { AibotStreamImage } from '../reply/aibot.js'
import { isStream, type StreamReply } from '../reply/stream-reply.js'
import { contentOf, isText } from '../reply/text.js'
import { isPromise } from '../support/is-promise.js'
import type { WholeReply } from '../streams/bubble.js'
import type { Producer } from '../streams/producer.js'
import { discardSource } from '../streams/source/open.js'
import { sourceOf } from '../streams/source/stream.js'
import type { Bots, StreamedMessage } from './bots.js'

/** How the run of a bot's handler is settled. */
export interface BotRun extends StreamedMessage {
  /** With a stream: what a request is answered with is looked up when it is. */
  settleStreamed (): void
  settleFailed (error: unknown): void
  /** The stream for a handler that takes long could not be begun. */
  notOpened (): void
  /** What was to go into that stream. */
  answerAfterAll (value: unknown): void
  compose (value: unknown): string
  warn (message: string, cause?: unknown): void
}

/** The answer of a bot's handler that takes the form of a stream: at once, or when its time is over. */
export class BotAnswer {
  readonly #bots: Bots
  readonly #run: BotRun
  #producer: Producer | undefined
  /** The stream is begun for a handler that has not answered, or will not be. */
  #opening: Promise<boolean> | undefined

  constructor (bots: Bots, run: BotRun) {
    this.#bots = bots
    this.#run = run
  }

  /** The handler has answered with a stream before its time was over. */
  begin (reply: StreamReply): void {
    const producer = this.#bots.produce(this.#run)
    const begun = (): void => {
      producer.pump(reply)
      this.#bots.begun(producer)
      this.#run.settleStreamed()
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

  /** The time of the handler is over: its answer will go into a stream, which begins empty. */
  open (): void {
    const producer = this.#producer = this.#bots.produce(this.#run)
    this.#opening = this.#begun(producer)
    this.#opening.then(begun => {
      if (begun) this.#run.settleStreamed()
      else this.#run.notOpened()
    })
  }

  /** Never rejects: without the store, the answer waits for its handler. */
  async #begun (producer: Producer): Promise<boolean> {
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

  /**
   * What the handler answers, once opened.
   *
   * @throws WecomError WECOM_REPLY_INVALID
   */
  take (value: unknown): void {
    const whole = isStream(value) ? value : this.#whole(value)
    this.#intoStream(
      producer => { isStream(whole) ? producer.pump(whole) : producer.take(whole) },
      () => { this.#run.answerAfterAll(value) }
    )
  }

  fail (error: unknown): void {
    this.#intoStream(producer => { producer.fail(error) }, () => { this.#run.settleFailed(error) })
  }

  #intoStream (streamed: (producer: Producer) => void, plain: () => void): void {
    const producer = this.#producer as Producer
    this.#opening?.then(begun => { begun ? streamed(producer) : plain() })
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
