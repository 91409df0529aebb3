import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { conversationKey } from '../bot/conversation-key.js'
import { checkHosts } from '../bot/hosts.js'
import type { AnyAibotMessage, MediaRef } from '../bot/media-of.js'
import { openRef, type OpenMediaOptions } from '../bot/open-media.js'
import type { OpenedMedia } from '../bot/opened-media.js'
import type { RespondReply } from '../bot/respond-reply.js'
import { STORE_TIMEOUT } from '../delivery/store-access.js'
import { ReceivedCallback } from '../receiver/receive.js'
import type { Answer } from '../receiver/types.js'
import { text as textReply } from '../reply/text.js'
import { writeFrame, streamReference } from '../streams/frame.js'
import type { Rest } from '../streams/producer-options.js'
import type { Producer } from '../streams/producer.js'
import type { StreamSettings } from '../streams/settings.js'
import type { StreamStore, StreamView } from '../streams/store.js'
import { isOwnId, streamId } from '../streams/stream-id.js'
import { isPromise } from '../support/is-promise.js'
import { createThrottle } from '../support/throttle.js'
import { withTimeout } from '../support/with-timeout.js'
import { counted } from '../telemetry/counters.js'
import { callHook, writeLine, logFields, warnAbout } from '../telemetry/log.js'
import { conditionsOf } from './conditions.js'
import type { ReceivedContext } from './context.js'
import { LAST_POLL, LastPolls } from './last-polls.js'

export interface BotsOptions {
  streams: StreamStore
  settings: StreamSettings
  /** Origins that a response_url may have. */
  respondOrigins: ReadonlySet<string>
  /** Origins of media that may be private, or speak http. */
  mediaOrigins: ReadonlySet<string>
}

/** What a stream needs of the handling of its message. */
export interface StreamedMessage {
  readonly context: ReceivedContext
  readonly arrivedAt: number
  abortHandler (reason: string): void
  failedLate (error: unknown): void
}

/** How long the store may take for a poll, which may bring images, milliseconds: WeCom waits for five seconds. */
const POLL_TIMEOUT = 3_000
/** As many messages as may wait for a retry of WeCom while the store is away. */
const MOST_UNSURE = 1_000
/** How often it is looked whether streams have ended then, milliseconds. */
const LOOK = 20

/** What bots have beyond other callbacks: streams, their polls, the one message by response_url, and media. */
export class Bots {
  readonly #options: BotsOptions
  #producerClass: typeof Producer | undefined
  #loading: Promise<void> | undefined
  readonly #producers = new Set<Producer>()
  readonly #lastPolls = new LastPolls()
  /**
   * The tokens of streams that could not be begun, by key: the store may have begun one and not said so, and whoever
   * begins it next would find it another's.
   */
  readonly #unsure = new Map<string, string>()
  readonly #mayWarn = createThrottle()
  /** Whose response_url the app itself has used: nothing can follow what is shown. */
  readonly #responded = new WeakSet<ReceivedContext>()
  #closing = false

  constructor (options: BotsOptions) {
    this.#options = options
  }

  /**
   * What a message that may be answered with a stream has to wait for: what produces them is loaded with the first, as
   * most servers have no bots and start sooner without.
   */
  load (): Promise<void> | undefined {
    if (this.#producerClass !== undefined) return undefined
    this.#loading ??= import('../streams/producer.js').then(({ Producer }) => { this.#producerClass = Producer })
    return this.#loading
  }

  /** The producer of the stream that answers a message, for which `load` was called. */
  produce (message: StreamedMessage): Producer {
    const { context, arrivedAt } = message
    const { streams, settings } = this.#options
    const id = streamId(context.key)
    const key = context.streamKey(id)
    const token = this.#unsure.get(key) ?? randomUUID()
    this.#unsure.delete(key)
    const mayRespond = (): boolean => responseUrlOf(context) !== undefined && !this.#responded.has(context)
    const sendRest = async (rest: Rest): Promise<void> => { await this.#sendRest(context, rest) }
    const producer: Producer = new (this.#producerClass as typeof Producer)({
      store: conditionsOf(context.message)?.storeOf?.(streams) ?? streams,
      key,
      id,
      token,
      conversation: context.conversationDigest(conversationKey(context.message as AnyAibotMessage)),
      arrivedAt,
      defaults: settings,
      get respond () { return mayRespond() ? sendRest : undefined },
      abortHandler: reason => { message.abortHandler(reason) },
      failed: error => { message.failedLate(error) },
      storeFails: error => {
        counted.storeErrors++
        if (!this.#mayWarn('write')) return
        warnAbout(context, 'the store of streams fails: the text of the bot is kept and written again later', error)
      },
      restFails: error => { warnAbout(context, 'the rest of a stream could not be sent by response_url', error) },
      ended: () => { this.#lastPolls.ended(key) },
      over: (settings, result) => {
        this.#producers.delete(producer)
        if (settings === undefined) return
        const { cause, shownBytes, rest, ms } = result
        const about = { outcome: 'streamed', cause, bytes: shownBytes, rest, ms }
        writeLine(context.log, 'info', { ...logFields(context), ...about }, 'WeCom stream')
        if (settings.onEnd === undefined) return
        callHook(context.log, 'onEnd', () => settings.onEnd?.(result), logFields(context))
      }
    })
    this.#producers.add(producer)
    return producer
  }

  /** The stream has begun. */
  begun (producer: Producer): void {
    if (this.#closing) producer.close()
  }

  /** The stream could not be begun. */
  forget (producer: Producer): void {
    this.#producers.delete(producer)
    this.#unsure.set(producer.key, producer.token)
    if (this.#unsure.size > MOST_UNSURE) this.#unsure.delete(this.#unsure.keys().next().value as string)
  }

  /** Whether a message asks for a stream that this package has begun. */
  isPoll ({ kind, message }: ReceivedContext): boolean {
    return kind === 'aibot.stream' && isOwnId(pollId(message))
  }

  /** What a poll is answered with; nothing where it is not known what to say. */
  poll (context: ReceivedContext): Answer | Promise<Answer> {
    return this.#show(context, pollId(context.message) as string, '')
  }

  /** The first answer to a message whose handler has answered with a stream, or will: the stream as it is now. */
  first (context: ReceivedContext): Answer | Promise<Answer> {
    const id = streamId(context.key)
    return this.#show(context, id, streamReference(id))
  }

  /** @param otherwise what is said while the store does not know, or fails */
  #show (context: ReceivedContext, id: string, otherwise: string): Answer | Promise<Answer> {
    const { streams, settings } = this.#options
    const key = context.streamKey(id)
    const answer = (view: StreamView | undefined): Answer => {
      if (view === undefined) return context.seal(otherwise)
      if (view.state === 'ended') this.#lastPolls.seen(key)
      return context.seal(writeFrame(id, view, otherwise !== ''))
    }
    const fails = (error: unknown): Answer => {
      counted.storeErrors++
      if (this.#mayWarn('poll')) {
        warnAbout(context, 'the store of streams fails: polls get the empty answer', error)
      }
      return context.seal(otherwise)
    }
    try {
      const view = streams.poll(key, settings.texts.lost)
      return isPromise(view) ? withTimeout(async () => await view, POLL_TIMEOUT).then(answer, fails) : answer(view)
    } catch (error) {
      return fails(error)
    }
  }

  /** See `CallbackContext.stopStreams`. */
  async stopStreams (context: ReceivedContext): Promise<number> {
    const conversation = context.conversationDigest(conversationKey(context.message as AnyAibotMessage))
    return await this.#options.streams.stop(conversation, context.streamKey(streamId(context.key)))
  }

  /** See `CallbackContext.respond`. */
  async respond (context: ReceivedContext, reply: RespondReply): Promise<void> {
    const { streams, respondOrigins } = this.#options
    const { postResponse } = await import('../bot/respond.js')
    await postResponse({
      url: responseUrlOf(context),
      reply,
      origins: conditionsOf(context.message)?.origins ?? respondOrigins,
      single: isSingle(context),
      claim: async name => {
        const isFree = await streams.claim(name)
        this.#responded.add(context)
        return isFree
      }
    })
  }

  /** See `CallbackContext.openMedia`. */
  async openMedia (context: ReceivedContext, ref: MediaRef, options: OpenMediaOptions = {}): Promise<OpenedMedia> {
    const { hosts } = options
    const aesKey = ReceivedCallback.mediaKeyOf(context)
    const trusted = hosts === undefined ? this.#options.mediaOrigins : checkHosts('hosts', hosts)
    // Beside those that the app trusts: a message may bring media of both.
    const own = conditionsOf(context.message)?.origins
    return await openRef(ref, { ...options, aesKey }, own === undefined ? trusted : new Set([...trusted, ...own]))
  }

  /**
   * Streams that run get what is left of `grace`, then end as `closing`. Their last polls are waited for, unless other
   * processes answer them.
   */
  async close (grace: number): Promise<void> {
    const lastPoll = this.#options.streams.shared === true ? 0 : Math.min(LAST_POLL, grace / 2)
    await this.#idle(grace - lastPoll)
    this.#closing = true
    for (const producer of this.#producers) producer.close()
    // What is on its way to the store, or to response_url.
    await this.#idle(STORE_TIMEOUT)
    await this.#lastPolls.wait(lastPoll)
  }

  /** Once nothing is produced any more, or the time is over. */
  async #idle (milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds
    while (this.#producers.size > 0 && performance.now() < until) await sleep(LOOK)
  }

  async #sendRest (context: ReceivedContext, { text, card }: Rest): Promise<void> {
    const alone = text.trim() === '' ? card : undefined
    if (alone !== undefined && isSingle(context)) {
      await this.respond(context, { msgtype: 'template_card', template_card: alone })
      return
    }
    // Its stream may have ended with a promise of more, before anybody knew that a card would come.
    await this.respond(context, alone === undefined
      ? { msgtype: 'markdown', markdown: { content: text } }
      : textReply((await import('../bot/card-text.js')).cardText(alone)))
  }
}

function pollId (message: unknown): unknown {
  return (message as { stream?: { id?: unknown } }).stream?.id
}

/** Groups take no cards at their response_url. */
function isSingle ({ message }: ReceivedContext): boolean {
  return (message as { chattype?: unknown }).chattype === 'single'
}

function responseUrlOf ({ message }: ReceivedContext): string | undefined {
  return (message as { response_url?: string }).response_url
}
