import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface SendOptions {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Milliseconds until the answer begins, and for each silence after it. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly lookup?: LookupFunction
}

/** Why there is no answer, or not all of it, in words that hold nothing of the URL. */
export class SendFault extends Error {}

/**
 * One request on a connection of its own, which ends with the answer; redirects are not followed. The answer is not
 * read yet: who does not want it destroys it. After a while of silence, or of nobody reading, it is destroyed.
 */
export function send (url: URL, options: SendOptions): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, timeout, signal, lookup } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) throw signal.reason
    let answer: IncomingMessage | undefined
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      // One for all would keep connections open, or send what is meant for this host to a proxy.
      agent: false,
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers },
      ...(lookup === undefined ? {} : { lookup })
    })
    const end = (fault: Error): void => { (answer ?? request).destroy(fault) }
    const abort = (): void => { end(new SendFault('was aborted')) }
    const silence = (): void => { end(new SendFault(`nothing within ${timeout} ms`)) }
    // Looking up names is nothing that a socket notices.
    const timer = setTimeout(silence, timeout)
    request.setTimeout(timeout, silence)
    signal?.addEventListener('abort', abort)
    request.on('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    })
    request.on('error', reject)
    request.on('response', response => {
      clearTimeout(timer)
      answer = response
      // Faults are told to whoever reads; while nobody does, they must not end the process.
      response.on('error', () => {})
      resolve(response)
    })
    request.end(body)
  })
}

/** What a connection died of: a code of Node.js, or our own words; others may hold more than the host. */
export function describeFault (error: unknown): string {
  if (error instanceof SendFault) return error.message
  const { code } = Object(error) as { code?: unknown }
  return `a connection that failed (${typeof code === 'string' && /^\w+$/.test(code) ? code : 'unknown'})`
}
