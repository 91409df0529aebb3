import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import rawBody from 'raw-body'
import { PATH } from './messages.js'
import { listen, type ServerOptions, type StartServer } from './served.js'

/** Bytes: more than anybody sends here. */
const LIMIT = 4 * 1024 * 1024

/** Fastify, with any body as bytes. */
export function fastifyWithBytes (): FastifyInstance {
  const app = Fastify({ logger: false })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    rawBody(payload, { length: request.headers['content-length'] ?? null, limit: LIMIT }, (error, body) => {
      if (error === null || error === undefined) done(null, body)
      else done(error)
    })
  })
  return app
}

const ANSWER = 'x'.repeat(1_600)

function contentTypeOf ({ format }: ServerOptions): string {
  return `application/${format}; charset=utf-8`
}

/** What no server on Fastify can be below: the body is read and a constant answer sent. */
export const startBare: StartServer = async (options, port) => {
  const app = fastifyWithBytes()
  const contentType = contentTypeOf(options)
  app.post(PATH, (_request, reply) => { reply.header('content-type', contentType).send(ANSWER) })
  return await listen(app, port)
}

/** The same on node:http. */
export const startBareNode: StartServer = async (options, port) => await listen(createServer(answerer(options)), port)

/** The same on Express 5. */
export const startBareExpress: StartServer = async (options, port) => {
  const app = express()
  app.use(PATH, answerer(options))
  return await listen(createServer(app), port)
}

function answerer (options: ServerOptions): RequestListener {
  const headers = { 'content-type': contentTypeOf(options), 'content-length': ANSWER.length }
  return (request, response) => {
    rawBody(request, { length: request.headers['content-length'] ?? null, limit: LIMIT }, () => {
      response.writeHead(200, headers).end(ANSWER)
    })
  }
}
