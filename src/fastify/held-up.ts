import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'

/** Milliseconds for which a request's handler is held up before it starts: the slow handler of the playground. */
let holdUps: WeakMap<FastifyRequest, number> | undefined

export function holdUp (request: FastifyRequest, ms: number): void {
  holdUps ??= new WeakMap()
  holdUps.set(request, ms)
}

/** Calls a handler, at once unless it is held up. One that answers later, by `reply.encrypted()`, still does. */
export function callHeldUp (
  request: FastifyRequest, reply: FastifyReply, handler: RouteHandlerMethod, app: FastifyInstance
): unknown {
  const ms = holdUps?.get(request)
  if (ms === undefined) return handler.call(app, request, reply)
  return new Promise((resolve, reject) => {
    setTimeout(() => {
      Promise.resolve()
        .then(() => handler.call(app, request, reply))
        .then(value => { if (value !== undefined || !answersLater(handler)) resolve(value) }, reject)
    }, ms)
  })
}

/**
 * Whether a handler takes the reply, so that it may answer when it likes after it has returned nothing, as any of
 * Fastify's.
 */
export function answersLater (handler: RouteHandlerMethod): boolean {
  return handler.length >= 2
}
