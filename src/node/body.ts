import type { IncomingHttpHeaders } from 'node:http'
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
}

let rawBody: typeof getRawBody | undefined

/** Loads what reads bodies: it takes its time, and a server needs it for its first message only. */
export async function loadBodyReader (): Promise<typeof getRawBody> {
  rawBody ??= (await import('raw-body')).default
  return rawBody
}

/** Called once, with an error or with the body. */
export type BodyDone = (error: unknown, body?: Buffer) => void

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
  if (rawBody !== undefined) readWith(rawBody, stream, limits, done)
  else loadBodyReader().then(read => { readWith(read, stream, limits, done) }, done)
}

/**
 * raw-body has no time-out of its own. Most bodies come with their headers, so that a timer is set only for one that
 * has not come by the end of this turn of the event loop.
 */
function readWith (
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
    body => { end(body.length === 0 ? bodyEmpty() : undefined, body) },
    (error: { type?: string, message: string }) => { end(translate(error, limit)) }
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

/** @throws WecomError WECOM_CONTENT_ENCODING_UNSUPPORTED */
export function checkEncoding (headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return
  throw wecomError('WECOM_CONTENT_ENCODING_UNSUPPORTED', {
    expected: 'a body without Content-Encoding',
    got: quote(encoding),
    fix: 'WeCom sends none; a proxy in front must not compress requests.'
  })
}

export function bodyEmpty (): Error {
  return wecomError('WECOM_BODY_EMPTY', {
    expected: 'an encrypted message in the body',
    got: 'an empty body',
    fix: 'If WeCom sent this, something in front of this server, or a hook or middleware of the app, has read or ' +
      'dropped the body.'
  })
}

function bodyTimeout (timeout: number): Error {
  return wecomError('WECOM_BODY_TIMEOUT', {
    expected: `the whole body within ${timeout} ms`,
    got: 'a part of it',
    fix: 'WeCom sends a few kilobytes at once: look for a slow link or a proxy that stalls, or raise bodyTimeout.'
  })
}

function translate (error: { type?: string, message: string }, limit: number): Error {
  if (error.type === 'entity.too.large') {
    return bodyTooLarge(limit)
  }
  return wecomError('WECOM_BODY_ABORTED', {
    expected: 'the body that Content-Length announced',
    got: GOT[error.type ?? ''] ?? 'a connection that broke off',
    fix: 'WeCom will try again. If it happens often, look at the network, the proxy in front, and what in the app ' +
      'touches the body.'
  })
}

export function bodyTooLarge (limit: number): Error {
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
