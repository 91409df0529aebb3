import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { pipeline, Transform, type Readable } from 'node:stream'
import type getRawBody from 'raw-body'
import type { Connection } from '../delivery/delivery.js'
import { quote, wecomError } from '../errors.js'

// The body of a request.

/** How much of a body is taken, and how long it may take. */
export interface BodyLimits {
  /** Bytes. */
  limit: number
  /** Milliseconds for the whole body. */
  timeout: number
}

let rawBody: typeof getRawBody | undefined

/** Loads raw-body ahead of the first body that comes in pieces: it takes its time. */
export async function loadBodyReader (): Promise<typeof getRawBody> {
  rawBody ??= (await import('raw-body')).default
  return rawBody
}

/** Called once, maybe before the reading function returns: with the body, or with an error and no body. */
export type BodyDone = (error: unknown, body?: string | Uint8Array) => void

/**
 * Reads a stream whole. `length` is the Content-Length that goes with this very stream; `undefined` where a hook has
 * replaced it. It ends with the body, or with a WecomError: WECOM_CONTENT_ENCODING_UNSUPPORTED (415),
 * WECOM_BODY_TOO_LARGE (413), WECOM_BODY_TIMEOUT (408), WECOM_BODY_ABORTED or WECOM_BODY_EMPTY (400); with another
 * error only where raw-body cannot be loaded.
 */
export function readBody (
  stream: Readable, headers: IncomingHttpHeaders, length: string | undefined, limits: BodyLimits, done: BodyDone
): void {
  const refused = encodingRefused(headers)
  if (refused !== undefined) done(refused)
  else takeWhole(stream, headers, length, limits, done, () => { readPieces(stream, length, limits, done) })
}

/** A request, and what body parsers in front may have left on it. */
export type Request = (IncomingMessage | Http2ServerRequest) & {
  /** Of a parser that has read the body. */
  body?: unknown
  /** The bytes that such a parser has kept. */
  rawBody?: unknown
}

/**
 * Reads a request's body as `readBody` does. Where a parser in front has read it, takes the bytes that it has kept at
 * `rawBody` or, as express.raw() and express.text() do, at `body`; where it has kept none, ends with
 * WECOM_BODY_ABORTED (400). `answered`: something in front has ended the response already.
 */
export function readRequestBody (
  request: Request, headers: IncomingHttpHeaders, answered: boolean, limits: BodyLimits, done: BodyDone
): void {
  const length = headers['content-length']
  const refused = encodingRefused(headers)
  if (refused !== undefined) {
    done(refused)
    return
  }
  const otherwise = (): void => {
    if (request.readableDidRead || request.readableEnded) takeKept(request, limits, done)
    else readPieces(request, length, limits, done)
  }
  // Node throws away the body of an answered request that nobody reads by the next tick.
  if (answered) otherwise()
  else takeWhole(request, headers, length, limits, done, otherwise)
}

function takeKept (request: Request, { limit }: BodyLimits, done: BodyDone): void {
  const kept = [request.rawBody, request.body].find(isBytes)
  if (kept === undefined) done(parsedBefore())
  else if (Buffer.byteLength(kept) > limit) done(bodyTooLarge(limit))
  else if (kept.length === 0) done(bodyEmpty())
  else done(undefined, kept)
}

/**
 * Takes a body that has come with its headers, as most do: it lies in the stream whole. It is taken behind this tick,
 * as the parser hands it over after the headers, and handed on at the end of the turn, when all requests of the turn
 * are read: handling them in a row costs less. `otherwise` is called for every other body, also for one that something
 * else in the app reads too.
 */
function takeWhole (
  stream: Readable,
  headers: IncomingHttpHeaders,
  length: string | undefined,
  { limit }: BodyLimits,
  done: BodyDone,
  otherwise: () => void
): void {
  const announced = Number(length)
  // Not a number where none was announced. HTTP/2 hands over nothing that is not asked for. Not `null` where somebody
  // reads already: by the next tick it would be gone.
  if (!(announced > 0 && announced <= limit) || ':path' in headers || stream.readableFlowing !== null) {
    otherwise()
    return
  }
  process.nextTick(() => {
    if (stream.readableLength !== announced || stream.readableFlowing !== null) {
      otherwise()
      return
    }
    const body: unknown = stream.read()
    if (body === null) otherwise()
    else if (!(body instanceof Uint8Array)) done(bodyAborted('stream.encoding.set'))
    else {
      setImmediate(() => {
        // The end, which the parser tells after the body: unread, it would not be announced.
        stream.read()
        // Behind that: who listens in the handler for the 'close' of a request means that of its connection.
        queueMicrotask(() => { done(undefined, body) })
      })
    }
  })
}

/** Reads by raw-body, which has no time-out of its own: one is set where the body is not there by this turn's end. */
function readPieces (stream: Readable, length: string | undefined, limits: BodyLimits, done: BodyDone): void {
  if (rawBody !== undefined) readWith(rawBody, stream, length, limits, done)
  else loadBodyReader().then(read => { readWith(read, stream, length, limits, done) }, done)
}

function readWith (
  read: typeof getRawBody, stream: Readable, length: string | undefined, { limit, timeout }: BodyLimits, done: BodyDone
): void {
  let timer: NodeJS.Timeout | undefined
  let over = false
  const end = (error: unknown, body?: Buffer): void => {
    if (over) return
    over = true
    clearImmediate(turn)
    clearTimeout(timer)
    done(error, body)
  }
  let turn = setImmediate(() => {
    timer = setTimeout(() => {
      // After a standstill of the process timers run before what has come meanwhile is read.
      turn = setImmediate(() => {
        stream.pause()
        end(bodyTimeout(timeout))
      })
    }, timeout)
  })
  read(bytesOnly(stream), { limit, length: length ?? null }).then(
    body => { body.length === 0 ? end(bodyEmpty()) : end(undefined, body) },
    ({ type }: { type?: string }) => { end(type === 'entity.too.large' ? bodyTooLarge(limit) : bodyAborted(type)) }
  )
}

/**
 * raw-body joins the pieces as bytes when the stream ends, outside of any try: a text, or what a hook of the app gives
 * in the place of bytes, would end the process.
 */
function bytesOnly (stream: Readable): Readable {
  if (!stream.readableObjectMode) return stream
  const bytes = new Transform({
    writableObjectMode: true,
    transform (piece: unknown, _encoding, pass) {
      if (piece instanceof Uint8Array) pass(null, piece)
      else pass(Object.assign(new Error('no bytes'), { type: 'stream.encoding.set' }))
    }
  })
  return pipeline(stream, bytes, () => {})
}

function isBytes (value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array
}

function encodingRefused (headers: IncomingHttpHeaders): Error | undefined {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return undefined
  return wecomError('WECOM_CONTENT_ENCODING_UNSUPPORTED', {
    expected: 'a body without Content-Encoding',
    got: quote(encoding),
    fix: 'WeCom sends none; a proxy in front must not compress requests.'
  })
}

function bodyEmpty (): Error {
  return wecomError('WECOM_BODY_EMPTY', {
    expected: 'an encrypted message in the body',
    got: 'an empty body',
    fix: 'If WeCom sent this, something in front of this server, or a hook or middleware of the app, has dropped or ' +
      'replaced the body.'
  })
}

function parsedBefore (): Error {
  return wecomError('WECOM_BODY_ABORTED', {
    expected: 'the body as it was sent',
    got: 'one that a body parser has read before',
    fix: 'Mount the callback before body parsers (express.json() and the like), or let the parser keep the bytes: ' +
      'express.json({ verify (request, response, bytes) { request.rawBody = bytes } }).'
  })
}

function bodyTimeout (timeout: number): Error {
  return wecomError('WECOM_BODY_TIMEOUT', {
    expected: `the whole body within ${timeout} ms`,
    got: 'a part of it',
    fix: 'WeCom sends a few kilobytes at once: look for a slow link or a proxy that stalls, or raise bodyTimeout.'
  })
}

function bodyAborted (type = ''): Error {
  return wecomError('WECOM_BODY_ABORTED', {
    expected: 'the body that Content-Length announced',
    got: GOT[type] ?? 'a connection that broke off',
    fix: 'WeCom will try again. If it happens often, look at the network, the proxy in front, and what in the app ' +
      'touches the body.'
  })
}

function bodyTooLarge (limit: number): Error {
  return wecomError('WECOM_BODY_TOO_LARGE', {
    expected: `a body of at most ${limit} bytes`,
    got: 'a longer one',
    fix: 'WeCom sends kilobytes, some tens of them at most. If yours are longer, raise the option bodyLimit.'
  })
}

/** What was wrong with a body, by raw-body's names, which are used here too. */
const GOT: Record<string, string> = {
  'request.size.invalid': 'another number of bytes',
  'stream.not.readable': 'a body that a hook or middleware of the app has already read',
  'stream.encoding.set': 'a stream that a hook or middleware of the app has given an encoding'
}

// The connection of a request.

export type Response = ServerResponse | Http2ServerResponse

/** Nothing more can be written: the connection is gone, or the response has been sent and closed. */
export function isGone (response: Response): boolean {
  const { destroyed } = response as Partial<ServerResponse>
  // HTTP/2 has its stream instead.
  return destroyed ?? (response as Http2ServerResponse).stream?.destroyed === true
}

/** The connection of a request over node:http and its kin. */
export abstract class HttpConnection implements Connection {
  abstract readonly response: Response

  /** The response has gone out while the request still waits: the handler has written it by its own hand. */
  protected abstract written (hungUp: () => void): void

  isGone (): boolean {
    return isGone(this.response) && !this.#isWritten()
  }

  onHangUp (listener: () => void): () => void {
    const onClose = (): void => { this.#isWritten() ? this.written(listener) : listener() }
    if (isGone(this.response)) queueMicrotask(onClose)
    this.response.once('close', onClose)
    return () => this.response.off('close', onClose)
  }

  /** HTTP/2 also calls a response complete whose stream was reset. */
  #isWritten (): boolean {
    return (this.response as ServerResponse).writableFinished && this.response.writableEnded
  }
}
