import type { CallbackContext } from '../delivery/context.js'
import { runKey } from '../delivery/run-key.js'
import { ReceivedCallback, type OpenedRequest } from '../receiver/received.js'
import type { Log } from '../support/log.js'
import { conversationDigest, streamKey, type Place } from '../streams/stream-id.js'
import type { OpenMediaOptions } from '../bot/open-media.js'
import type { OpenedMedia } from '../bot/opened-media.js'
import type { MediaRef } from '../bot/media-of.js'
import type { RespondReply } from '../bot/respond-reply.js'

/** The run that a context belongs to, once it has one. */
export interface SignalSource {
  readonly signal: AbortSignal
}

/** What bots have beyond other callbacks. */
export interface BotServices {
  respond (context: ReceivedContext, reply: RespondReply): Promise<void>
  openMedia (context: ReceivedContext, ref: MediaRef, options?: OpenMediaOptions): Promise<OpenedMedia>
  stopStreams (context: ReceivedContext): Promise<number>
}

/** What handlers are given. */
export class ReceivedContext<L extends Log = Log> extends ReceivedCallback implements CallbackContext<L> {
  readonly log: L
  key: string
  attempt = 1
  /** Where the request came to, if that is part of its key. */
  readonly #mount: string | undefined
  readonly #scope: string
  readonly #bots: BotServices
  #signals: SignalSource | undefined

  /** @param scope the place that all requests of this callback have; left out, theirs is `mount` */
  constructor (
    opened: OpenedRequest,
    log: L,
    scope: string | undefined,
    mount: string | undefined,
    bots: BotServices
  ) {
    super(opened)
    this.log = log
    this.#mount = scope === undefined ? mount : undefined
    this.#scope = scope ?? mount ?? ''
    this.#bots = bots
    this.key = runKey(this.#scope, opened.credential.identity, this)
  }

  /** Whoever sends the request again can give it another key, as its path is part of that. */
  get mayComeElsewhere (): boolean {
    return this.#mount !== undefined || Object.keys(this.params).length > 0
  }

  get signal (): AbortSignal {
    this.#signals ??= new AbortController()
    return this.#signals.signal
  }

  // What bots have.

  async respond (reply: RespondReply): Promise<void> {
    await this.#bots.respond(this as ReceivedContext<Log>, reply)
  }

  async openMedia (ref: MediaRef, options?: OpenMediaOptions): Promise<OpenedMedia> {
    return await this.#bots.openMedia(this as ReceivedContext<Log>, ref, options)
  }

  async stopStreams (): Promise<number> {
    return await this.#bots.stopStreams(this as ReceivedContext<Log>)
  }

  /** See `streamKey`. */
  streamKey (id: string): string {
    return streamKey(id, this.#place, this)
  }

  /** See `conversationDigest`. */
  conversationDigest (conversation: string): string {
    return conversationDigest(conversation, this.#place, this)
  }

  get #place (): Place {
    return { scope: this.#scope, params: this.params, identity: this.identify() }
  }

  /** A handler is about to run for this request. */
  begins (run: SignalSource): void {
    this.#signals = run
  }
}
