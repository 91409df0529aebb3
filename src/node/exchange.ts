import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { Arrival, HandlerRun } from '../core/arrival.js'
import type { Callbacks } from '../core/callbacks.js'
import { shuttingDown } from '../core/errors.js'
import { runHandler, type Handler } from '../core/run-handler.js'
import type { CallbackContext } from '../delivery/context.js'
import { plainText, type Answer } from '../receiver/received.js'
import { writeLine, type Log } from '../support/log.js'
import { isWecomError, loggableError } from '../support/strip-error-details.js'
import { bodyOf, type Request } from './body.js'
import { isGone, isWritten, onHangUp, type Response } from './response.js'

/** One callback URL as Node.js servers have it. */
export interface Door<L extends Log = Log> {
  callbacks: Callbacks<L>
  logOf (request: Request): L
  bodyLimit: number
  bodyTimeout: number
  closing: boolean
}

/** A request and its response, and what its server knows of them. */
export interface Exchange {
  request: Request
  response: Response
  /** Of the route's path. */
  params?: Readonly<Record<string, string>> | undefined
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

/** A POST whose message has been received. */
class ReceivedPost<L extends Log> implements Arrival<CallbackContext<L>> {
  readonly context: CallbackContext<L>
  readonly arrivedAt: number
  readonly #response: Response
  readonly #starter: Starter<L>

  constructor (context: CallbackContext<L>, arrivedAt: number, response: Response, starter: Starter<L>) {
    this.context = context
    this.arrivedAt = arrivedAt
    this.#response = response
    this.#starter = starter
  }

  isGone (): boolean {
    return isGone(this.#response) && !isWritten(this.#response)
  }

  onHangUp (listener: () => void): () => void {
    const starter = this.#starter
    return onHangUp(this.#response, listener, () => { starter.written === undefined ? listener() : starter.written() })
  }

  startHandler (run: HandlerRun): void {
    this.#starter.startHandler(run, this.context)
  }
}

/** From a request to its answer: verification by GET, messages by POST, and nothing else. Never rejects. */
export async function exchange<L extends Log> (
  door: Door<L>,
  { request, response, params = NO_PARAMS, mount }: Exchange,
  starter: Starter<L>
): Promise<void> {
  const arrivedAt = performance.now()
  const { callbacks } = door
  const { method = 'GET' } = request
  const query = queryOf(request.url ?? '')
  const log = door.logOf(request)
  let context: CallbackContext<L> | undefined
  try {
    if (method !== 'GET' && method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      write(request, response, 405, plainText('Method Not Allowed'))
      return
    }
    if (door.closing && method === 'GET') throw shuttingDown()
    if (method === 'GET') {
      write(request, response, 200, await callbacks.verify({ query, params }, log))
      return
    }
    const body = await bodyOf(request, door.bodyLimit, door.bodyTimeout)
    const received = callbacks.receive({ query, params, body, mount }, log)
    context = 'then' in received ? await received : received
    // The last polls of streams that end are answered still.
    if (door.closing && context.kind !== 'aibot.stream') throw shuttingDown()
    const handled = callbacks.handle(new ReceivedPost(context, arrivedAt, response, starter))
    const answer = handled !== undefined && 'then' in handled ? await handled : handled
    starter.requestEnds(answer !== undefined)
    if (answer !== undefined && !response.headersSent) write(request, response, 200, answer)
  } catch (error) {
    starter.requestEnds(true)
    if (response.headersSent) return
    const refusal = refusalOf(callbacks, error, { log, method, arrivedAt, context })
    write(request, response, refusal.statusCode, refusal)
  }
}

/** The decoded query of a request's URL; a name that comes twice has a list. */
function queryOf (url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?')
  // The header's own limit bounds it; a thousand names, Node's default, would hide what comes behind them.
  return parse(start === -1 ? '' : url.slice(start + 1), '&', '=', { maxKeys: 0 })
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

function refusalOf<L extends Log> (
  callbacks: Callbacks<L>,
  error: unknown,
  about: { log: L, method: string, arrivedAt: number, context: CallbackContext<L> | undefined }
): Answer & { statusCode: number } {
  if (isWecomError(error)) return callbacks.refuse(error, about)
  writeLine(about.log, 'error', { err: loggableError(error) }, `${about.method} failed`)
  return { statusCode: 500, ...plainText('Internal Server Error') }
}

/** Exactly these bytes. */
function write (request: Request, response: Response, statusCode: number, { contentType, body }: Answer): void {
  if (isGone(response)) return
  const headers: OutgoingHttpHeaders = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
  // What compresses answers looks here before it does.
  if (request.headers['accept-encoding'] !== undefined) request.headers['accept-encoding'] = 'identity'
  // HTTP/2 knows neither a reason nor this header.
  if (request.httpVersionMajor !== 1) {
    response.writeHead(statusCode, headers).end(body)
    return
  }
  // What is left of a body is not read: the connection has no further use.
  if (!request.complete) headers.connection = 'close'
  const http1 = response as ServerResponse
  // With its reason, as Express' own error handler may have left one of its own.
  http1.writeHead(statusCode, STATUS_CODES[statusCode] ?? '', headers)
  // As a text, it goes out with the headers in one write. Not chained: a middleware's own writeHead may return nothing.
  http1.end(body)
}
