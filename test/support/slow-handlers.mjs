// Loaded before an app: holds up each of its handlers, as the playground does, though not those of its own check at the start.
import { subscribe } from 'node:diagnostics_channel'
import { holdUp } from '../../dist/fastify/held-up.js'

/** Milliseconds. */
const SLOW = 2_000
/** The message of the check. */
const FIRST = 1

let messages = 0
subscribe('fastify.initialization', ({ fastify }) => {
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.method === 'POST' && ++messages > FIRST) holdUp(request, SLOW)
    done()
  })
})
