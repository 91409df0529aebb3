import { once, type EventEmitter } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import express4 from 'express-4'
import express5, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { onTestFinished } from 'vitest'
import type { CallbackContext, CallbacksOptions } from '../../src/core/index.js'
import { wecomCallback } from '../../src/express/index.js'
import wecom, { type Reply, type WecomError } from '../../src/index.js'
import { createWecomListener } from '../../src/node/index.js'
import { send, type Answer, type SendOptions } from '../support/http.js'
import { signMessage, type Settings } from '../support/requests.js'
import { type LogLine, type ObservedServer } from '../support/server.js'
import { sendHttp2 } from './http2.js'

/** Answers by hand; missing where handlers know nothing of the response. */
export type Encrypted = (reply?: Reply) => void

export interface DoorOptions extends Omit<CallbacksOptions<CallbackContext>, 'onError'> {
  credentials: Settings | CallbacksOptions['credentials']
  bodyLimit?: number
  bodyTimeout?: number
  /** What the handler returns, or what it does. Default: nothing. */
  reply?: (context: CallbackContext, encrypted: Encrypted | undefined) => unknown
}

/** The callback on one server, at /wecom. */
export interface Door extends ObservedServer {
  /** Of Node.js: emits `request`. */
  server: EventEmitter
  /** One request; hangs up when the signal aborts. */
  send (request: SendOptions, signal?: AbortSignal): Promise<Answer>
}

type Handle = (context: CallbackContext, encrypted?: Encrypted) => unknown
interface Running { port: number, server: EventEmitter, close: () => Promise<void> }
type Open = (options: CallbacksOptions<CallbackContext>, handle: Handle, logger: ReturnType<typeof pinoTo>) => Promise<Running>

/** Every adapter, by name. */
export const DOORS = {
  'Fastify, a handler of the plugin': fastifyDoor(false),
  'Fastify, a route of the app': fastifyDoor(true),
  'node:http': async (options, handle, logger) => {
    const listener = createWecomListener({ ...options, logger, handler: (_message, context) => handle(context) as never })
    return await listening(createServer(listener), listener.close)
  },
  'node:http2': async (options, handle, logger) => {
    const listener = createWecomListener({ ...options, logger, handler: (_message, context) => handle(context) as never })
    return await listening(createHttp2Server(listener), listener.close)
  },
  'Express 4, a handler': expressDoor(express4, false),
  'Express 5, a handler': expressDoor(express5, false),
  'Express 4, a route': expressDoor(express4, true),
  'Express 5, a route': expressDoor(express5, true)
} satisfies Record<string, Open>

export type DoorName = keyof typeof DOORS
export const DOOR_NAMES = Object.keys(DOORS) as DoorName[]

/** The callback on a server of that kind, observed. The caller closes it. */
export async function openDoor (name: DoorName, { reply, ...options }: DoorOptions): Promise<Door> {
  const log: LogLine[] = []
  const seen: CallbackContext[] = []
  const errors: WecomError[] = []
  const handle: Handle = (context, encrypted) => {
    seen.push(context)
    return reply?.(context, encrypted)
  }
  const { port, server, close } = await DOORS[name]({ closeGrace: 500, onError: error => { errors.push(error) }, ...options }, handle, pinoTo(log))
  const one = name === 'node:http2' ? sendHttp2 : sendHttp1
  return { port, server, seen, errors, log, close, send: async (request, signal) => await one(port, request, signal) }
}

/** The same, closed when the test that calls it ends. */
export async function openForTest (name: DoorName, options: DoorOptions): Promise<Door> {
  const door = await openDoor(name, options)
  onTestFinished(door.close)
  return door
}

/** One request of WeCom, encrypted anew; `undefined` where it hung up, after so many milliseconds or by a signal. */
export async function attempt (door: Door, settings: Settings, message: string, timeout: number | AbortSignal = 5_000): Promise<Answer | undefined> {
  const hangUp = typeof timeout === 'number' ? AbortSignal.timeout(timeout) : timeout
  try {
    return await door.send(signMessage(settings, message), hangUp)
  } catch (error) {
    if (hangUp.aborted) return undefined
    throw error
  }
}

async function sendHttp1 (port: number, request: SendOptions, signal?: AbortSignal): Promise<Answer> {
  return await send(port, signal === undefined ? request : { ...request, signal })
}

export function pinoTo (log: LogLine[]) {
  return Fastify({ logger: { level: 'trace', stream: { write: (line: string) => { log.push(JSON.parse(line) as LogLine) } } } }).log
}

function fastifyDoor (ownRoute: boolean): Open {
  return async (options, handle, logger) => {
    const app = Fastify({ loggerInstance: logger })
    if (ownRoute && options.inbox === undefined) {
      await app.register(wecom, { ...options, path: '/wecom' })
      app.post('/wecom', async (request, reply) => {
        let answered = false
        const value = await handle(request.wecom, answer => { answered = true; reply.encrypted(answer) })
        return answered ? reply : value
      })
    } else {
      await app.register(wecom, { ...options, path: '/wecom', ...(ownRoute ? {} : { handler: (request: FastifyRequest) => handle(request.wecom) as never }) })
    }
    await app.listen({ host: '127.0.0.1', port: 0 })
    return { port: (app.server.address() as AddressInfo).port, server: app.server, close: async () => { await app.close() } }
  }
}

function expressDoor (express: typeof express5, ownRoute: boolean): Open {
  return async (options, handle, logger) => {
    // Express names itself in every answer unless it is told not to, which its own guide advises.
    const app = express().disable('x-powered-by')
    const callback = wecomCallback({ ...options, logger, ...(ownRoute ? {} : { handler: (_message, context) => handle(context) as never }) })
    app.use('/wecom', callback as RequestHandler)
    if (ownRoute) app.post('/wecom', expressRoute(handle))
    // Express prints what reaches its own handler.
    app.use((error: Error, _request: Request, response: Response, next: NextFunction) => { if (response.headersSent) next(error); else response.sendStatus(500) })
    return await listening(createServer(app), callback.close)
  }
}

/** A route that answers what `handle` returns. */
export function expressRoute (handle: Handle) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const answer = (value: unknown): void => { response.encrypted(value as Reply) }
    let answered = false
    const value = handle(request.wecom, reply => { answered = true; response.encrypted(reply) })
    if (value instanceof Promise) value.then(answer).catch(next)
    else if (!answered) answer(value)
  }
}

/** A server on loopback; `close` as the README has it, first the door and then the server. */
export async function listening (server: Server | Http2Server, closeDoor: () => Promise<void>): Promise<Running> {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session: ServerHttp2Session) => { sessions.add(session) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async close () {
      await closeDoor()
      // Answers are on their way.
      await new Promise(resolve => setTimeout(resolve, 20))
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.destroy()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    }
  }
}
