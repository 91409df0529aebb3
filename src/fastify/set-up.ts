import type { FastifyInstance, RegisterOptions, RouteHandlerMethod, RouteOptions } from 'fastify'
import { createCallbacks, type Callbacks } from '../core/callbacks.js'
import { acknowledgeOnly } from '../core/enqueue.js'
import type { WecomMessage } from '../message/types.js'
import { loadBodyReader } from '../node/request.js'
import { adoptRoutes } from './adopt-routes.js'
import { decorate, sendAnswer } from './handler.js'
import { checkPluginOptions, type PluginOptions } from './options.js'
import type { Registration, WecomContext } from './request-state.js'
import { beginCallback, CALLBACK_TYPE, makeCallbackRoute, parseCallback, protectRoute } from './route.js'

/** What the plugin was registered with, its handler without the types that narrow it. */
export interface SetUpOptions extends PluginOptions, RegisterOptions {
  prefix?: string
  handler?: RouteHandlerMethod | { handle (message: WecomMessage, context: WecomContext): unknown } | undefined
}

/**
 * Registers the routes of a callback and what they share.
 *
 * @throws WecomError WECOM_OPTION_INVALID, WECOM_ENCODING_AES_KEY_INVALID, WECOM_ROUTE_INVALID
 */
export async function setUp (app: FastifyInstance, options: SetUpOptions): Promise<void> {
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
        protectRoute(route, registration)
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
        handler: toFunction(handler ?? acknowledgeOnly)
      }
      makeCallbackRoute(route, registration)
      child.route(route)
    },
    { prefix, ...logging }
  )
  if (!ownsRoute) adoptRoutes(app, urls, registration)
}

/** A router is asked with what the request holds; what its handler returns is the answer, undefined included. */
function toFunction (handler: NonNullable<SetUpOptions['handler']>): RouteHandlerMethod {
  if (typeof handler === 'function') return handler
  return request => handler.handle(request.wecomMessage, request.wecom)
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
