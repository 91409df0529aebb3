import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { pipeline, Transform, type Readable } from 'node:stream'
import type getRawBody from 'raw-body'
import { quote, wecomError } from '../errors.js'

/** How a body may come. */
export interface BodyLimits {
  /** Bytes. */
  limit: number
  /** Milliseconds for the whole body. */
  timeout: number
  /** The Content-Length that goes with this very stream; left out where a hook replaced the stream. */
  length?: string | undefined
  /** What a parser in front may have kept of a stream that it has read. */
  kept?: () => unknown[]
}

let rawBody: typeof getRawBody | undefined

/** Loads what reads bodies: it takes its time, and a server needs it for its first message only. */
export async function loadBodyReader (): Promise<typeof getRawBody> {
  rawBody ??= (await import('raw-body')).default
  return rawBody
}

/** Called once, with the body, or with an error and no body. */
export type BodyDone = (error: unknown, body?: string | Uint8Array) => void

/**
 * Reads a request's body whole. It ends with the body, or with a WecomError: WECOM_CONTENT_ENCODING_UNSUPPORTED (415),
 * WECOM_BODY_TOO_LARGE (413), WECOM_BODY_TIMEOUT (408), WECOM_BODY_ABORTED or WECOM_BODY_EMPTY (400).
 */
export function readBody (stream: Readable, headers: IncomingHttpHeaders, limits: BodyLimits, done: BodyDone): void {
  try {
    checkEncoding(headers)
  } catch (error) {
    done(error)
    return
  }
  takeWhole(stream, limits, done, () => {
    const { kept } = limits
    if (kept !== undefined && (stream.readableDidRead || stream.readableEnded)) takeKept(kept(), limits, done)
    else if (rawBody !== undefined) readPieces(rawBody, stream, limits, done)
    else loadBodyReader().then(read => { readPieces(read, stream, limits, done) }, done)
  })
}

/** A request, and what body parsers in front may have left on it. */
export type Request = (IncomingMessage | Http2ServerRequest) & {
  /** Of a parser that has read the body. */
  body?: unknown
  /** The bytes that such a parser has kept. */
  rawBody?: unknown
}

/**
 * Reads a request's body as it was sent, as `readBody` does, or takes the bytes that a parser in front has kept at
 * `rawBody` or, as express.raw() and express.text() do, at `body`. Where one has read the body and kept no bytes it
 * ends with WECOM_BODY_ABORTED (400).
 */
export function readRequestBody (
  request: Request,
  headers: IncomingHttpHeaders,
  limits: Pick<BodyLimits, 'limit' | 'timeout'>,
  done: BodyDone
): void {
  const { limit, timeout } = limits
  const kept = (): unknown[] => [request.rawBody, request.body]
  readBody(request, headers, { limit, timeout, length: headers['content-length'], kept }, done)
}

function takeKept (candidates: unknown[], { limit }: BodyLimits, done: BodyDone): void {
  const kept = candidates.find(isBytes)
  if (kept === undefined) done(parsedBefore())
  else if (Buffer.byteLength(kept) > limit) done(bodyTooLarge(limit))
  else if (kept.length === 0) done(bodyEmpty())
  else done(undefined, kept)
}

/**
 * Most bodies come with their headers, and lie in the stream as the bytes that Content-Length announced. Such a body is
 * taken out at the end of the turn of the event loop, when all requests that came in it are read: to handle them in a
 * row costs less than to go to and fro between reading and handling. `otherwise` goes for any other, and for one that a
 * listener of the app reads as well, which may begin until this tick is over.
 *
 * Every look at a request costs half a microsecond behind Express, so there are few.
 */
function takeWhole (stream: Readable, { limit, length }: BodyLimits, done: BodyDone, otherwise: () => void): void {
  if (length === undefined || Number(length) > limit) {
    otherwise()
    return
  }
  process.nextTick(() => {
    if (String(stream.readableLength) !== length || stream.readableFlowing !== null) {
      otherwise()
      return
    }
    setImmediate(() => {
      const body: unknown = stream.read()
      if (body === null) otherwise()
      else if (!(body instanceof Uint8Array)) done(bodyAborted('stream.encoding.set'))
      else if (body.length !== Number(length)) done(bodyAborted('request.size.invalid'))
      else done(undefined, body)
    })
  })
}

/**
 * raw-body has no time-out of its own. A timer is set only for a body that has not come by the end of this turn of the
 * event loop.
 */
function readPieces (
  read: typeof getRawBody, stream: Readable, { limit, timeout, length }: BodyLimits, done: BodyDone
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
  const turn = setImmediate(() => {
    timer = setTimeout(() => {
      stream.pause()
      end(bodyTimeout(timeout))
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

/** @throws WecomError WECOM_CONTENT_ENCODING_UNSUPPORTED */
function checkEncoding (headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return
  throw wecomError('WECOM_CONTENT_ENCODING_UNSUPPORTED', {
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

/** What raw-body calls the state of the stream it was given. */
const GOT: Record<string, string> = {
  'request.size.invalid': 'another number of bytes',
  'stream.not.readable': 'a body that a hook or middleware of the app has already read',
  'stream.encoding.set': 'a stream that a hook or middleware of the app has given an encoding'
}
