import { emitWarning, type Warn } from '../reply/compose.js'
import type { Reply } from '../reply/types.js'
import { createRouter as createAnyRouter, type Router as AnyRouter, type RouterContext } from '../router/router.js'
import type { ReceiverOptions } from './options.js'
import { createOpener, ReceivedCallback, receivedCallback } from './receive.js'
import type { Answer, CallbackRequest, RequestIdentity, WecomCallback } from './types.js'

export type { CredentialHint, ReceiveIdPolicy, WecomCredential, WecomCredentials } from '../credentials/types.js'
export type { ReceiverOptions } from './options.js'
export type { Warn } from '../reply/compose.js'
export { composeReply, parseMessage, type ComposedReply, type ParsedMessage } from './worker-kit.js'
export type { HandlerResult, MaybeReply, RouteHandler, RouterContext } from '../router/router.js'
export type { Answer, CallbackRequest, WecomCallback } from './types.js'

/** A router of handlers that are given the message and what `receive()` returned. */
export type Router<Context extends RouterContext = WecomCallback> = AnyRouter<Context>

/**
 * Makes a router: typed handlers by key instead of one function.
 *
 * @example
 * ```ts
 * const router = createRouter().on('text', message => text(`你说：${message.Content}`))
 * const handle = async (callback: WecomCallback) => await router.handle(callback.message, callback)
 * ```
 */
export const createRouter: <Context extends RouterContext = WecomCallback>() => Router<Context> = createAnyRouter

/** One callback URL without a server. */
export interface Receiver {
  /**
   * URL verification: answer the GET with exactly this text, text/plain, status 200.
   *
   * @throws WecomError; answer with its `statusCode` and nothing else
   */
  verify (request: CallbackRequest): Promise<string>
  /**
   * Verifies, decrypts and parses the raw body of a POST, text or bytes. `warn` is told where parts of characters
   * became U+FFFD; by default the process warns.
   *
   * @throws WecomError; answer with its `statusCode` and nothing else
   */
  receive (request: CallbackRequest & { body: string | Uint8Array }, warn?: Warn): Promise<WecomCallback>
  /**
   * The plain text of a reply to this message, `''` for nothing to say. `seal` may be called with it many times. `warn`
   * is told where a text was cut; by default the process warns.
   *
   * @throws WecomError WECOM_REPLY_INVALID
   */
  compose (callback: WecomCallback, reply?: Reply, warn?: Warn): string
  /** Encrypts a composed reply; `''` becomes the empty answer of the scene. */
  seal (callback: WecomCallback, composed: string): Answer
  /** `compose` and `seal` in one. */
  answer (callback: WecomCallback, reply?: Reply): Answer
  /** What tells the sender and the request apart from others, for who remembers what was handled. */
  identify (callback: WecomCallback): RequestIdentity
}

/**
 * Verifies, decrypts and answers callbacks; knows no server.
 *
 * @example
 * ```ts
 * const receiver = createReceiver({ credentials })
 * const callback = await receiver.receive(request)
 * const { contentType, body } = receiver.answer(callback, text('你好'))
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID
 */
export function createReceiver (options: ReceiverOptions): Receiver {
  const { verify, open } = createOpener(options)
  return {
    verify: async request => await verify(request),
    receive: async (request, warn = emitWarning) => new ReceivedCallback(await open(request, warn)),
    compose: (callback, reply, warn) => receivedCallback(callback).compose(reply, warn),
    seal: (callback, composed) => receivedCallback(callback).seal(composed),
    answer (callback, reply) {
      const received = receivedCallback(callback)
      return received.seal(received.compose(reply))
    },
    identify: callback => receivedCallback(callback).identify()
  }
}
