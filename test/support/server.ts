import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import type { CallbackContext } from '../../src/delivery/context.js'
import wecom, { type Reply, type WecomContext, type WecomError, type WecomOptions } from '../../src/index.js'

/** A line that pino wrote. */
export interface LogLine {
  level: number
  msg: string
  code?: string
  [field: string]: unknown
}

/** A server with the callback, whichever, and what was observed there. */
export interface ObservedServer {
  port: number
  /** What the handler saw, in order. */
  seen: CallbackContext[]
  /** What onError saw. */
  errors: WecomError[]
  log: LogLine[]
  close: () => Promise<void>
}

export interface CallbackServer extends ObservedServer {
  app: FastifyInstance
  seen: WecomContext[]
}

/** `store` is off unless given, as tests of the door send one message again and again. */
export interface ServerOptions extends Omit<WecomOptions, 'path' | 'handler'> {
  /** Default `/wecom`. */
  path?: string
  /** What the handler returns. Default: nothing. */
  reply?: Reply | ((context: WecomContext) => Reply | Promise<Reply>)
  server?: FastifyServerOptions
  /** The app declares the POST route itself, and the plugin takes no handler. */
  ownRoute?: boolean
  /** Of that route. */
  routeBodyLimit?: number
}

/** A Fastify app with the plugin, listening; its handler notes what it sees. The caller closes it. */
export async function listen ({ reply, server, ownRoute = false, routeBodyLimit, path = '/wecom', store = false, ...options }: ServerOptions): Promise<CallbackServer> {
  const log: LogLine[] = []
  const stream = { write: (line: string) => { log.push(JSON.parse(line) as LogLine) } }
  const app = Fastify({ logger: { level: 'trace', stream }, forceCloseConnections: true, ...server })
  const seen: WecomContext[] = []
  const errors: WecomError[] = []
  const handler = async (request: FastifyRequest): Promise<Reply> => {
    seen.push(request.wecom)
    return typeof reply === 'function' ? await reply(request.wecom) : reply
  }
  const plugin: WecomOptions = { path, store, closeGrace: 500, onError: error => { errors.push(error) }, ...options }
  await app.register(wecom, ownRoute ? plugin : { ...plugin, handler })
  if (ownRoute) app.post(path, routeBodyLimit === undefined ? {} : { bodyLimit: routeBodyLimit }, handler)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { app, port, seen, errors, log, close: async () => { await app.close() } }
}

/** The same, closed when the test that calls it ends. */
export async function listenForTest (options: ServerOptions): Promise<CallbackServer> {
  const server = await listen(options)
  onTestFinished(server.close)
  return server
}

/** Warnings and errors. */
export function complaints (log: readonly LogLine[]): LogLine[] {
  return log.filter(({ level }) => level >= 40)
}
