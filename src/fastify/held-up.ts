import type { FastifyRequest } from 'fastify'

/** Milliseconds for which a request's handler is held up before it starts: the slow handler of the playground. */
let holdUps: WeakMap<FastifyRequest, number> | undefined

export function holdUp (request: FastifyRequest, ms: number): void {
  holdUps ??= new WeakMap()
  holdUps.set(request, ms)
}

/** Calls a handler, at once unless it is held up. One that answers later, by `reply.encrypted()`, still does. */
export function callHeldUp (request: FastifyRequest, call: () => unknown, answersLater: boolean): unknown {
  const ms = holdUps?.get(request)
  if (ms === undefined) return call()
  return new Promise((resolve, reject) => {
    setTimeout(() => {
      Promise.resolve().then(call).then(value => { if (value !== undefined || !answersLater) resolve(value) }, reject)
    }, ms)
  })
}
