import type { FastifyInstance } from 'fastify'
import { routeInvalid } from './errors.js'
import type { Registration } from './request-state.js'
import { CALLBACK_TYPE, makeCallbackRoute, parseCallback, protectRoute } from './route.js'

/**
 * Without a handler: the POST routes that the app declares at the callback's path, from here on, in this scope or
 * below.
 */
export function adoptRoutes (app: FastifyInstance, urls: Set<string>, registration: Registration): void {
  for (const url of urls) {
    if (app.hasRoute({ method: 'POST', url })) {
      throw routeInvalid(
        `POST ${url} to be declared after this plugin`,
        'one declared before it',
        'Register the plugin first (await app.register(…)), then declare the route.'
      )
    }
  }
  if (!app.hasContentTypeParser(CALLBACK_TYPE)) app.addContentTypeParser(CALLBACK_TYPE, parseCallback)
  const adopted = new Set<string>()
  app.addHook('onRoute', route => {
    const methods = [route.method].flat().map(method => method.toUpperCase())
    if (!urls.has(route.url) || !methods.includes('POST')) return
    if (methods.length > 1) {
      throw routeInvalid(
        `the route at ${route.url} to have only the method POST`,
        methods.join(', '),
        'Only a POST is verified and decrypted, so the same handler would run for anyone who sends another method: ' +
          'declare separate routes for those.'
      )
    }
    adopted.add(route.url)
    makeCallbackRoute(route, registration)
    protectRoute(route, registration)
  })
  app.addHook('onReady', async () => {
    for (const url of urls) {
      if (!adopted.has(url)) {
        throw routeInvalid(
          `a POST route at ${url}, as the plugin was registered without a handler`,
          'none',
          `Declare app.post('${url}', …) after the plugin in the same scope or below, or give the plugin a handler.`
        )
      }
    }
  })
}
