import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { text, wecom, type WecomHandler } from '../../src/index.js'
import { playground, type PlaygroundOptions } from '../../src/playground/index.js'

export const credentials = { token: 'aTokenOfThisTest0123456789abcdef', encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', receiveId: 'ww5823bf96d3bd56c7' }
export const KEY = 'theKeyOfThisTest_0123456789'

export interface Running {
  app: FastifyInstance
  port: number
  /** Lines of the log, as objects. */
  log: Array<Record<string, unknown>>
}

/** An echo app with a playground, listening on a port of its own. */
export async function startApp ({ handler = echo, server = {}, host = '127.0.0.1', ...options }: Partial<PlaygroundOptions> & { handler?: WecomHandler, server?: FastifyServerOptions, host?: string } = {}): Promise<Running> {
  const log: Running['log'] = []
  const app = Fastify({ logger: { level: 'info', stream: { write: (line: string) => { log.push(JSON.parse(line) as Record<string, unknown>) } } }, ...server } as FastifyServerOptions) as unknown as FastifyInstance
  onTestFinished(async () => { await app.close() })
  await app.register(wecom, { path: '/wecom/callback', credentials, handler })
  await app.register(playground, { credentials, key: KEY, onAddress: () => {}, ...options })
  await app.listen({ port: 0, host })
  return { app, port: (app.server.address() as AddressInfo).port, log }
}

const echo: WecomHandler = async ({ wecomMessage: message }) => message.MsgType === 'text' ? text(`你说：${message.Content}`) : undefined

export interface RawRequest {
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  body?: string
  /** Where the socket comes from. Default: `host`. */
  localAddress?: string
  /** Where it leads to. Default 127.0.0.1. */
  host?: string
}

export interface RawAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A request with exactly these headers. */
export async function raw (port: number, { method = 'GET', path = `/playground?key=${KEY}`, headers = {}, body = '', host = '127.0.0.1', localAddress = host }: RawRequest): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest({ port, host, localAddress, method, path, agent: false, setHost: false, headers: { host: `localhost:${port}`, ...headers } }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }) })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The cookie that the first visit gives. */
export async function enter (port: number): Promise<string> {
  const { headers } = await raw(port, {})
  return headers['set-cookie']?.[0]?.split(';')[0] as string
}

/** POST api/play, as the page does it; the events that come back. */
export async function play (port: number, cookie: string, body: object, headers: Record<string, string> = {}): Promise<Array<Record<string, unknown>>> {
  const { status, body: lines } = await raw(port, {
    method: 'POST',
    path: '/playground/api/play',
    headers: { cookie, origin: `http://localhost:${port}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body)
  })
  if (status !== 200) throw new Error(`${status} ${lines}`)
  return lines.trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
}
