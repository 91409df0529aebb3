import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'

export const kHoldUp = Symbol('fastify-wecom.holdUp')

/** A request whose handler may be held up, by so many milliseconds: the slow handler of the playground. */
export type HeldUp = FastifyRequest & { [kHoldUp]?: number }

export function holdUp (request: HeldUp, ms: number): void {
  request[kHoldUp] = ms
}

/** Calls a handler late. One that answers later still, by `reply.encrypted()`, does. */
export async function callHeldUp (
  request: FastifyRequest, reply: FastifyReply, handler: RouteHandlerMethod, app: FastifyInstance, ms: number
): Promise<unknown> {
  return await new Promise((resolve, reject) => {
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
