import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { createCallbacks, type Callbacks } from '../core/callbacks.js'
import { acknowledgeOnly } from '../core/enqueue.js'
import { loadBodyReader } from '../node/body.js'
import type { WecomMessage } from '../message/types.js'
import type { Awaitable } from '../reply/handler.js'
import type { HandlerValue, Reply } from '../reply/types.js'
import { createRouter as createAnyRouter, type Router, type RouterContext } from '../router/router.js'
import type { StreamOptions } from '../streams/source/stream-options.js'
import type { StreamSource } from '../streams/source/types.js'
import { adoptRoutes } from './adopt-routes.js'
import { decorate } from './decorate.js'
import { checkPluginOptions, type PluginOptions } from './options.js'
import { beginCallback, type Registration, type WecomContext } from './request-state.js'
import { CALLBACK_TYPE, makeCallbackRoute, parseCallback, sealRoute, sendAnswer } from './route.js'

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

/** A handler of callbacks: returns a reply, or answers by `reply.encrypted()`. A text for the user is `text('…')`. */
export type WecomHandler =
  | {
    handle (
      this: FastifyInstance,
      request: FastifyRequest,
      reply: FastifyReply
    ): Promise<HandlerValue | Answering> | Awaitable<HandlerValue | Answering>
  }['handle']
  | Returning<HandlerValue | Answering | Promise<HandlerValue | Answering>>['handle']

/** Twice, as `Handling` says why. */
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
   * Handles the messages: a function, or a router. Left out, the POST route that the app declares at `path` does.
   *
   * @example handler: async (request, reply) => reply.encrypted(text(`hello ${request.wecom.sender}`))
   */
  handler?: WecomHandler | Pick<Router<WecomContext>, 'handle'> | undefined
}

/**
 * Receives WeCom's callbacks: a GET route that verifies the URL, and a POST route whose handler finds the decrypted
 * message in `request.wecomMessage` and answers by `reply.encrypted()`.
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
    const checked = checkPluginOptions(app.initialConfig, options)
    const { path, prefix, handler, logging, bodyLimit, bodyTimeout, defaultBodyLimit } = checked
    await loadBodyReader()
    const callbacks = createCallbacks({
      ...checked.callbacks,
      scope: `${app.prefix}${prefix}${path}`,
      log: app.log
    })
    // An inbox owns the route as a handler does.
    const ownsRoute = handler !== undefined || options.inbox !== undefined
    const registration: Registration = { callbacks, ownsRoute, bodyLimit, bodyTimeout, defaultBodyLimit }
    const all = callbacksOf(app)
    all.add(callbacks)
    // All of them at once: they may share a store, and their graces must not add up.
    app.addHook('preClose', async () => {
      await Promise.all(
        [...all].map(async each => {
          await each.close()
        })
      )
    })
    app.addHook('onClose', callbacks.end)
    decorate(app)

    const urls = new Set<string>()
    // A plugin wrapped by fastify-plugin has no prefix of its own: its routes get theirs from this child.
    await app.register(
      async child => {
        // After the onRoute hooks of the app: what they add to a route of ours must not come last.
        child.addHook('onRoute', route => {
          sealRoute(route, registration)
          if (route.method === 'GET') urls.add(route.url)
        })
        child.route(verificationRoute(path, registration))
        if (!ownsRoute) return
        child.removeAllContentTypeParsers()
        // Nothing but callbacks in this scope: the net under requests whose type a hook of the app has already read.
        child.addContentTypeParser([CALLBACK_TYPE, '*'], parseCallback)
        const route: RouteOptions = {
          method: 'POST',
          url: path,
          handler: toFunction(handler ?? acknowledgeOnly) as RouteOptions['handler']
        }
        makeCallbackRoute(route, registration)
        child.route(route)
      },
      { prefix, ...logging }
    )
    if (!ownsRoute) adoptRoutes(app, urls, registration)
  },
  { name: 'fastify-wecom', fastify: '5.x' }
)

/** A router is asked with what the request holds; what its handler returns is the answer, undefined included. */
function toFunction (handler: NonNullable<WecomOptions['handler']>): WecomHandler {
  if (typeof handler === 'function') return handler
  return request => handler.handle(request.wecomMessage, request.wecom) as Promise<Reply>
}

/** URL verification: the bare decrypted echostr, within a second (page 90968). */
function verificationRoute (path: string, registration: Registration): RouteOptions {
  return {
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const state = beginCallback(request, reply, registration)
      const query = request.query as Record<string, unknown>
      return sendAnswer(
        state,
        reply,
        await registration.callbacks.verify({ query, params: request.params as Record<string, string> }, request.log)
      )
    }
  }
}

/** Those of all registrations on one server. */
function callbacksOf ({ server }: FastifyInstance): Set<Pick<Callbacks, 'close'>> {
  const known = registered.get(server) ?? new Set()
  registered.set(server, known)
  return known
}

const registered = new WeakMap<object, Set<Pick<Callbacks, 'close'>>>()
