import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { wecomError } from '../errors.js'
import { toError } from '../support/strip-error-details.js'
import { bodyEmpty, bodyTooLarge, checkEncoding, readBody } from './body.js'

/** A request, and what body parsers in front may have left on it. */
export type Request = (IncomingMessage | Http2ServerRequest) & {
  /** Of a parser that has read the body. */
  body?: unknown
  /** The bytes that such a parser has kept. */
  rawBody?: unknown
}

/**
 * A request's body as it was sent: read now, or the bytes that a parser in front has kept at `rawBody` or, as
 * express.raw() and express.text() do, at `body`.
 *
 * @throws WecomError as `readBody`, and WECOM_BODY_ABORTED (400) where a parser has read the body and kept no bytes
 */
export async function bodyOf (request: Request, limit: number, timeout: number): Promise<string | Uint8Array> {
  if (!request.readableDidRead && !request.readableEnded) {
    const { headers } = request
    return await new Promise((resolve, reject) => {
      readBody(request, headers, { limit, timeout, length: headers['content-length'] }, (error, body) => {
        if (error === undefined && body !== undefined) resolve(body)
        else reject(toError(error))
      })
    })
  }
  checkEncoding(request.headers)
  const kept = [request.rawBody, request.body].find(isBytes)
  if (kept === undefined) throw parsedBefore()
  if (Buffer.byteLength(kept) > limit) throw bodyTooLarge(limit)
  if (kept.length === 0) throw bodyEmpty()
  return kept
}

function isBytes (value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array
}

function parsedBefore (): Error {
  return wecomError('WECOM_BODY_ABORTED', {
    expected: 'the body as it was sent',
    got: 'one that a body parser has read before',
    fix: 'Mount the callback before body parsers (express.json() and the like), or let the parser keep the bytes: ' +
      'express.json({ verify (request, response, bytes) { request.rawBody = bytes } }).'
  })
}
