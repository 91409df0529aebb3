import Fastify, { type FastifyInstance } from 'fastify'
import rawBody from 'raw-body'
import { PATH } from './messages.js'
import { listen, type StartServer } from './served.js'

/** Fastify, with any body as bytes. */
export function fastifyWithBytes (): FastifyInstance {
  const app = Fastify({ logger: false })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    rawBody(payload, { length: request.headers['content-length'] ?? null, limit: 262_144 }, (error, body) => {
      if (error === null || error === undefined) done(null, body)
      else done(error)
    })
  })
  return app
}

/** What no server on Fastify can be below: the body is read and a constant answer sent. */
export const startBare: StartServer = async ({ format }, port) => {
  const app = fastifyWithBytes()
  const contentType = format === 'xml' ? 'application/xml; charset=utf-8' : 'application/json; charset=utf-8'
  const answer = 'x'.repeat(1_600)
  app.post(PATH, (_request, reply) => { reply.header('content-type', contentType).send(answer) })
  return await listen(app, port)
}
