/** One HTTP request on its way to the server under test. */
export interface WireRequest {
  method: 'GET' | 'POST'
  /** In the order they are sent. */
  query: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
  body?: string
  /** Milliseconds for everything: connecting, waiting, reading. */
  timeout: number
  /** Milliseconds over which the body dribbles in: a slow network. */
  pace?: number
  /** Bytes of the answer that are read at most. Default `MAX_ANSWER`. */
  most?: number
}

/** What came back. */
export interface WireAnswer {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** Whether more came than was to be read. */
  cut: boolean
  /** Milliseconds from the first packet to the last. */
  ms: number
}

/** Sends a request to the server under test; throws `TransportFault` where no answer comes. */
export type Transport = (request: WireRequest) => Promise<WireAnswer>

/** Bytes. Replies have a few kilobytes. */
export const MAX_ANSWER = 8 * 1024 * 1024

/** Bytes. The last answer of a bot's stream may hold ten images of 10 MB, in base64 within base64 (page 101031). */
export const MAX_BOT_ANSWER = 192 * 1024 * 1024

/** Why no answer came. */
export type TransportFaultCode = 'unreachable' | 'tls' | 'timeout' | 'broken-off'

/** No answer came: its code, and what to do about it. */
export class TransportFault extends Error {
  override readonly name = 'TransportFault'
  constructor (
    readonly code: TransportFaultCode,
    message: string,
    /** What to change. */
    readonly fix: string,
    /** Whether the connection had been made. */
    readonly connected: boolean
  ) {
    super(message)
  }
}

/** `?a=1&b=2`, encoded once; `+` becomes `%2B`, as WeCom sends it. */
export function encodeQuery (query: Readonly<Record<string, string>>): string {
  return Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
}

/** Joins a query to a target that may have one of its own. */
export function withQuery (target: string, query: Readonly<Record<string, string>>): string {
  const encoded = encodeQuery(query)
  return encoded === '' ? target : `${target}${target.includes('?') ? '&' : '?'}${encoded}`
}

/** The fault of an answer that did not come in time. */
export function timeoutFault (timeout: number, connected: boolean): TransportFault {
  return connected
    ? new TransportFault(
      'timeout',
      `no whole answer within ${timeout} ms`,
      'The server took the connection and then was silent: look for a handler that waits for something slow, never ' +
      'answers, or waits for a body that another parser has read.',
      true
    )
    : new TransportFault(
      'timeout',
      `no connection within ${timeout} ms`,
      'Packets to that address vanish: check host and port, the firewall or security group in front, and that the ' +
      'server listens on that interface.',
      false
    )
}
