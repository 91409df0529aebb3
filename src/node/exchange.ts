import { isWecomError, loggableError } from '../support/strip-error-details.js'
import type { HandlerRun } from '../core/arrival.js'
import type { Callbacks } from '../core/callbacks.js'
import { shuttingDown } from '../core/errors.js'
import type { CallbackContext } from '../delivery/context.js'
import { plainText, type Answer } from '../receiver/received.js'
import type { Log } from '../support/log.js'
import { queryOf } from './query.js'
import { bodyOf, type Request } from './request-body.js'
import { runHandler, type Handler } from './run-handler.js'
import { isGone, isWritten, onHangUp, type Response } from './response.js'
import { STATUS_CODES, type ServerResponse } from 'node:http'

/** One callback URL as Node.js servers have it. */
export interface Door<L extends Log = Log> {
  callbacks: Callbacks<L>
  log: L
  bodyLimit: number
  bodyTimeout: number
  closing: boolean
}

/** A request and its response, and what its server knows of them. */
export interface Exchange {
  request: Request
  response: Response
  /** Of the route's path. */
  params?: Readonly<Record<string, string>>
  /** Where the door is mounted; see the option `scope`. */
  mount?: string | undefined
}

/** How an exchange starts its handler. */
export interface Starter<L extends Log> {
  startHandler (run: HandlerRun, context: CallbackContext<L>): void
  /** The response went out while its request still waited: the handler has written it. Left out: handlers cannot. */
  written? (): void
  /** The package answers this request, by this turn's end. `false`: nobody is left to answer. */
  requestEnds (answered: boolean): void
}

/** Functions and routers, which know nothing of the response. */
export function handlerStarter<L extends Log> (handler: Handler<CallbackContext<L>>): Starter<L> {
  return {
    startHandler (run, context) { runHandler(handler, context, run) },
    requestEnds () {}
  }
}

/** From a request to its answer: verification by GET, messages by POST, and nothing else. Never rejects. */
export async function exchange<L extends Log> (
  door: Door<L>,
  { request, response, params = {}, mount }: Exchange,
  starter: Starter<L>
): Promise<void> {
  const arrivedAt = performance.now()
  const { callbacks, log } = door
  const { method = 'GET' } = request
  const query = queryOf(request.url ?? '')
  let context: CallbackContext<L> | undefined
  try {
    if (method !== 'GET' && method !== 'POST') {
      write(
        request,
        response,
        { statusCode: 405, ...plainText('Method Not Allowed') },
        { allow: 'GET, POST' }
      )
      return
    }
    if (door.closing) throw shuttingDown()
    if (method === 'GET') {
      write(request, response, { statusCode: 200, ...await callbacks.verify({ query, params }, log) })
      return
    }
    const body = await bodyOf(request, { limit: door.bodyLimit, timeout: door.bodyTimeout })
    const received = context = await callbacks.receive({ query, params, body, mount }, log)
    const answer = await callbacks.handle({
      context: received,
      arrivedAt,
      isGone: () => isGone(response) && !isWritten(response),
      onHangUp: listener => onHangUp(response, listener, starter.written ?? listener),
      startHandler: run => { starter.startHandler(run, received) }
    })
    starter.requestEnds(answer !== undefined)
    if (answer !== undefined && !response.headersSent) write(request, response, { statusCode: 200, ...answer })
  } catch (error) {
    starter.requestEnds(true)
    if (response.headersSent) return
    write(request, response, refusalOf(door, error, { method, arrivedAt, context }))
  }
}

/**
 * A logger that throws must not cost the answer: without one WeCom would wait, and the process end by an unhandled
 * rejection.
 */
function refusalOf<L extends Log> (
  { callbacks, log }: Door<L>,
  error: unknown,
  about: { method: string, arrivedAt: number, context: CallbackContext<L> | undefined }
): Written {
  try {
    if (isWecomError(error)) return callbacks.refuse(error, { log, ...about })
    log.error({ err: loggableError(error) }, `${about.method} failed`)
  } catch {}
  const statusCode = isWecomError(error) ? error.statusCode : 500
  return { statusCode, ...plainText(STATUS_CODES[statusCode] ?? '') }
}

type Written = Answer & { statusCode: number }

/** Exactly these bytes. */
function write (
  request: Request,
  response: Response,
  { statusCode, contentType, body }: Written,
  headers: Record<string, string> = {}
): void {
  if (isGone(response)) return
  const bytes = Buffer.from(body)
  // What is left of a body is not read: the connection has no further use. HTTP/2 knows no such header.
  const close = request.complete || request.httpVersionMajor > 1 ? {} : { connection: 'close' }
  // Express' own error handler may have left one of its own.
  if (request.httpVersionMajor === 1) response.statusMessage = STATUS_CODES[statusCode] ?? ''
  ;(response as ServerResponse)
    .writeHead(statusCode, { 'content-type': contentType, 'content-length': bytes.length, ...close, ...headers })
    .end(bytes)
}
