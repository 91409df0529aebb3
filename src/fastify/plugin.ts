import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { WecomMessage } from '../message/types.js'
import type { Awaitable } from '../reply/handler.js'
import type { HandlerValue, Reply } from '../reply/types.js'
import { createRouter as createAnyRouter, type Router, type RouterContext } from '../router/router.js'
import type { StreamOptions } from '../streams/source/stream-options.js'
import type { StreamSource } from '../streams/source/types.js'
import type { PluginOptions } from './options.js'
import type { WecomContext } from './request-state.js'
import type { SetUpOptions } from './set-up.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The decrypted message, on a callback route; elsewhere reading it throws WECOM_NOT_A_CALLBACK. */
    readonly wecomMessage: WecomMessage
    /** The message and what came with it, on a callback route; elsewhere reading it throws WECOM_NOT_A_CALLBACK. */
    readonly wecom: WecomContext
  }
  interface FastifyReply {
    /**
     * Answers a callback with a passive reply, encrypted; without one, with the empty answer of the scene. Returns the
     * reply: `return reply.encrypted(text('…'))`.
     *
     * @throws WecomError WECOM_REPLY_INVALID, WECOM_REPLY_REPEATED, WECOM_NOT_A_CALLBACK
     */
    encrypted (reply?: Reply): this
    /**
     * Answers a bot's message with a stream: `return reply.stream(source)` is
     * `return reply.encrypted(stream(source))`.
     *
     * @throws WecomError WECOM_STREAM_SOURCE_INVALID, WECOM_OPTION_INVALID, WECOM_REPLY_INVALID, WECOM_REPLY_REPEATED,
     * WECOM_NOT_A_CALLBACK
     */
    stream (source: StreamSource, options?: StreamOptions): this
  }
}

/** A handler of callbacks: returns a reply, or answers with `reply.encrypted()`. A text for the user is `text('…')`. */
export type WecomHandler =
  | {
    handle (
      this: FastifyInstance,
      request: FastifyRequest,
      reply: FastifyReply
    ): Promise<HandlerValue | Answering> | Awaitable<HandlerValue | Answering>
  }['handle']
  | Returning<HandlerValue | Answering | Promise<HandlerValue | Answering>>['handle']

/** Twice, as `HandlerOf` says why. */
interface Returning<Value> {
  handle (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Value
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- differs in nothing else
  handle<_> (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Value
}

/**
 * A FastifyReply. Named by what it has, as a promise among the types would take the literals in an async handler their
 * type.
 */
interface Answering { readonly encrypted: unknown }

/** A router of handlers that are given the message and `request.wecom`. */
export type WecomRouter<Context extends RouterContext = WecomContext> = Router<Context>

/**
 * Makes a router for the plugin's `handler`: typed handlers by key, each given the message and `request.wecom`.
 *
 * @example
 * ```ts
 * const router = createRouter().on('text', message => text(`你说：${message.Content}`))
 * await app.register(wecom, { path: '/wecom', credentials, handler: router })
 * ```
 */
export const createRouter: <Context extends RouterContext = WecomContext>() => WecomRouter<Context> = createAnyRouter

/** What `app.register(wecom, …)` takes. Durations are in milliseconds. */
export interface WecomOptions extends PluginOptions {
  /**
   * Handles the messages: a function, or a router. Default: the POST route that your app declares at `path`.
   *
   * @example handler: async (request, reply) => reply.encrypted(text(`hello ${request.wecom.sender}`))
   */
  handler?: WecomHandler | Pick<Router<WecomContext>, 'handle'> | undefined
}

/**
 * Receives WeCom's callbacks: a GET route that verifies the URL, and a POST route whose handler finds the decrypted
 * message in `request.wecomMessage` and answers with `reply.encrypted()`.
 *
 * @example
 * ```ts
 * await app.register(wecom, { path: '/wecom', credentials, handler: () => text('你好') })
 * ```
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID, WECOM_ROUTE_INVALID at start-up
 */
export const wecom = fp(
  async function wecom (app: FastifyInstance, options: WecomOptions) {
    // Half of the package's code and its dependencies: whoever imports `text` for a handler of its own waits for none.
    const { setUp } = await import('./set-up.js')
    await setUp(app, options as SetUpOptions)
  },
  { name: 'fastify-wecom', fastify: '5.x' }
)
