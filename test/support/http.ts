import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export type Query = Readonly<Record<string, string | readonly string[]>>

export interface SendOptions {
  method?: string
  path?: string
  query?: Query
  headers?: Record<string, string>
  body?: string | Buffer
  /** Sent in these pieces, without Content-Length. */
  chunks?: readonly (string | Buffer)[]
  /** Hangs up. */
  signal?: AbortSignal
}

/** One request on a connection of its own. A POST where there is a body, else a GET. */
export async function send (port: number, { method, path = '/wecom', query = {}, headers = {}, body, chunks, signal }: SendOptions): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return await new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
      method: method ?? (body === undefined && chunks === undefined ? 'GET' : 'POST'),
      path: target(path, query),
      headers: { ...length, ...headers }
    }, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString() }) })
    })
    request.on('error', reject)
    for (const chunk of chunks ?? []) request.write(chunk)
    request.end(body)
  })
}

/** Path and query as they stand in the request line. */
export function target (path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, values]) => [values].flat().map(value => `${name}=${encodeURIComponent(value)}`))
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

export interface RawConnection {
  socket: Socket
  /** Everything the server sent, once the connection has ended. */
  ended: Promise<string>
  /** Resolves as soon as a whole status line and header have come; the status. */
  status: Promise<number>
}

/**
 * Turns of the event loop in which a server of this process reads what was sent to it, however long the machine stands
 * still.
 */
export async function turns (): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => { setImmediate(resolve) })
}

/** A bare socket, for requests that no client sends. */
export async function openRaw (port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  const ended = new Promise<string>(resolve => {
    // A reset after the answer is the server's right; the answer is what counts.
    socket.on('error', () => {})
    socket.on('close', () => { resolve(received) })
  })
  const status = new Promise<number>((resolve, reject) => {
    socket.on('data', piece => {
      received += piece.toString()
      if (received.includes('\r\n\r\n')) resolve(Number(received.split(' ', 2)[1]))
    })
    ended.then(() => { reject(new Error('the connection ended without an answer')) }, reject)
  })
  status.catch(() => {})
  await new Promise(resolve => { socket.once('connect', resolve) })
  return { socket, ended, status }
}
