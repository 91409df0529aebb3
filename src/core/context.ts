import { hash } from 'node:crypto'
import type { MediaRef } from '../bot/media-of.js'
import type { OpenMediaOptions } from '../bot/open-media.js'
import type { OpenedMedia } from '../bot/opened-media.js'
import type { RespondReply } from '../bot/respond-reply.js'
import type { CallbackContext } from '../delivery/context.js'
import { ReceivedCallback, type OpenedRequest } from '../receiver/receive.js'
import type { RequestIdentity, WecomCallback } from '../receiver/types.js'
import { conversationDigest, streamKey, type Place } from '../streams/stream-id.js'
import type { Log } from '../telemetry/log.js'

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
  readonly #hasMount: boolean
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
    this.#hasMount = mount !== undefined
    this.#scope = scope ?? mount ?? ''
    this.#bots = bots
    this.key = runKey(this.#scope, opened.credential.identity, this)
  }

  /** Whether the server says where it found the callback. */
  get hasMount (): boolean {
    return this.#hasMount
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
    const early = this.#signals
    // A hook of the app has asked for the signal before.
    if (early instanceof AbortController) run.signal.addEventListener('abort', () => { early.abort(run.signal.reason) })
    else this.#signals = run
  }
}

// Keys.

/**
 * What tells messages apart: the place with its path parameters (tenants), the credential, the receiveId, the app or
 * bot, the kind, and the message's own id; events have none and are told apart by their whole text. A bot's message is
 * never told by its text where it has an id, as a retry may carry another `response_url`.
 */
export function runKey (
  scope: string,
  credential: string,
  { message, kind, format, plaintext, receiveId, params }: WecomCallback
): string {
  const { MsgId, msgid, AgentID, aibotid } = message as unknown as Record<string, unknown>
  const id = isId(MsgId) ? MsgId : isId(msgid) ? msgid : undefined
  const told = id === undefined ? part('text') + part(plaintext) : part('id') + part(id)
  const app = appPart(AgentID ?? aibotid ?? '')
  return digest(
    part(scope) + paramsPart(params) + part(credential) + part(receiveId) + app + part(kind) + part(format) + told
  )
}

/**
 * What was signed, whatever the path of the request says: the same for a captured request that is sent to another one.
 */
export function captureKey ({ signature }: RequestIdentity): string {
  // Those of runs begin with a digit.
  return digest(`signed ${signature}`)
}

/** 43 characters that tell nothing of the message. */
function digest (text: string): string {
  return hash('sha256', text, 'base64url')
}

function isId (value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** With its length in front no text can pass for two, and no two for one. */
function part (text: string): string {
  return `${text.length}:${text}`
}

/** Their number in front, as each route has its own. */
function paramsPart (params: Readonly<Record<string, string>>): string {
  const names = Object.keys(params)
  let parts = `${names.length};`
  for (const name of names) parts += part(name) + part(String(params[name]))
  return parts
}

/** WeCom's are text; whatever else a message has there is told apart from every text. */
function appPart (id: unknown): string {
  return typeof id === 'string' ? part(id) : `-${part(JSON.stringify(id))}`
}
