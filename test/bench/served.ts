import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Format } from './messages.js'

/** How a server is to be. */
export interface ServerOptions {
  format: Format
  /** How many credentials are tried; the one that fits is the last. */
  credentials: number
  /** Replies with a few words instead of what came: for texts longer than a reply may be. */
  short: boolean
  /** Where Redis is, for the server that needs it. */
  redisPort: number
}

/** Starts a server on a free port of loopback, or on the one given, and tells which. */
export type StartServer = (options: ServerOptions, port?: number) => Promise<number>

export const SHORT_REPLY = '收到'

/** Listens on loopback, and says on which port. */
export async function listen (server: Server | FastifyInstance, port = 0): Promise<number> {
  if ('server' in server) await server.listen({ port, host: '127.0.0.1' })
  else await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return (('server' in server ? server.server : server).address() as AddressInfo).port
}
