import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { pieces } from './http-transport.js'
import { MAX_ANSWER, timeoutFault, TransportFault, withQuery, type Transport } from './transport.js'

/** What is needed of a Fastify app, or of anything with light-my-request's `inject`. */
export interface Injectable {
  inject (options: InjectRequest): PromiseLike<InjectResponse>
}

export interface InjectRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  payload?: string | Readable
  signal: AbortSignal
}

export interface InjectResponse {
  statusCode: number
  headers: object
  rawPayload: Buffer
}

/** Without a socket, by the app's own `inject`. */
export function injectTransport (app: Injectable, path: string): Transport {
  return async ({ method, query, headers, body, timeout, pace = 0, most = MAX_ANSWER }) => {
    const started = performance.now()
    const aborter = new AbortController()
    const request: InjectRequest = {
      method,
      url: withQuery(path, query),
      headers: { ...headers },
      signal: aborter.signal
    }
    if (body !== undefined) {
      request.payload = pace === 0 ? body : Readable.from(dribble(body, pace))
      request.headers['content-length'] = String(Buffer.byteLength(body))
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(timeoutFault(timeout, true))
        aborter.abort()
      }, timeout)
    })
    try {
      const response = await Promise.race([app.inject(request), late])
      return {
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)])
        ),
        body: response.rawPayload.subarray(0, most),
        cut: response.rawPayload.length > most,
        ms: performance.now() - started
      }
    } catch (error) {
      if (error instanceof TransportFault) throw error
      throw new TransportFault(
        'broken-off',
        `the app did not answer (${error instanceof Error ? error.message : String(error)})`,
        'If it failed to start, app.ready() says why.',
        false
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

async function * dribble (body: string, pace: number): AsyncGenerator<Buffer> {
  const parts = pieces(body)
  for (const piece of parts) {
    yield piece
    await wait(pace / parts.length)
  }
}
