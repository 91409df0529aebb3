import { STATUS_CODES, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { Arrival, HandlerRun } from '../core/arrival.js'
import type { Callbacks } from '../core/callbacks.js'
import { shuttingDown } from '../core/errors.js'
import { runHandler, type Handler } from '../core/run-handler.js'
import type { CallbackContext } from '../delivery/context.js'
import { plainText } from '../receiver/receive.js'
import type { Answer } from '../receiver/types.js'
import { isWecomError, loggableError } from '../support/strip-error-details.js'
import { writeLine, type Log } from '../telemetry/log.js'
import type { Door } from './door.js'
import { HttpConnection, isGone, readRequestBody, type Request, type Response } from './request.js'

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
  written?: () => void
  /**
   * The request is over for the handler. `true`: the package writes its answer in this turn. `false`: it writes none,
   * as the handler has written its own or the connection is gone.
   */
  requestEnds (answered: boolean): void
}

/** Functions and routers, which know nothing of the response. */
export function handlerStarter<L extends Log> (handler: Handler<CallbackContext<L>>): Starter<L> {
  return {
    startHandler (run, context) { runHandler(handler, context, run) },
    requestEnds () {}
  }
}

/** From a request to its answer: verification by GET, messages by POST, and nothing else. Never throws. */
export function exchange<L extends Log> (door: Door<L>, parts: Exchange, starter: Starter<L>): void {
  new RequestOnItsWay(door, parts, starter).begin()
}

/** Each part of the request is asked for once: docs/performance.md says what that costs behind Express. */
class RequestOnItsWay<L extends Log> extends HttpConnection implements Arrival<CallbackContext<L>> {
  readonly arrivedAt = performance.now()
  readonly response: Response
  /** What `receive` gave; unset until then. */
  context!: CallbackContext<L>
  readonly #door: Door<L>
  readonly #request: Request
  readonly #headers: IncomingHttpHeaders
  readonly #starter: Starter<L>
  readonly #method: string
  readonly #query: Readonly<Record<string, unknown>>
  readonly #params: Readonly<Record<string, string>>
  readonly #mount: string | undefined
  readonly #log: L

  constructor (door: Door<L>, { request, response, params = NO_PARAMS, mount }: Exchange, starter: Starter<L>) {
    super()
    const { method = 'GET', url = '', headers } = request
    this.#door = door
    this.#request = request
    this.#headers = headers
    this.response = response
    this.#starter = starter
    this.#method = method
    this.#query = queryOf(url)
    this.#params = params
    this.#mount = mount
    this.#log = door.logOf(request)
  }

  begin (): void {
    this.#try(() => {
      if (this.#method === 'POST') this.#receive()
      else if (this.#method === 'GET') this.#verify()
      else this.#refuseMethod()
    })
  }

  #verify (): void {
    const { callbacks, closing } = this.#door
    if (closing !== undefined) throw shuttingDown()
    const echo = callbacks.verify({ query: this.#query, params: this.#params }, this.#log)
    this.#goOn(echo, answer => { this.#write(200, answer) })
  }

  #receive (): void {
    const answered = this.response.writableEnded
    readRequestBody(this.#request, this.#headers, answered, this.#door.bodyLimits, (error, body) => {
      this.#try(() => {
        if (body === undefined) throw error
        const post = { query: this.#query, params: this.#params, body, mount: this.#mount }
        this.#goOn(this.#door.callbacks.receive(post, this.#log), context => { this.#handle(context) })
      })
    })
  }

  #refuseMethod (): void {
    this.response.setHeader('allow', 'GET, POST')
    this.#write(405, plainText('Method Not Allowed'))
  }

  #handle (context: CallbackContext<L>): void {
    this.context = context
    this.#goOn(this.#door.callbacks.handle(this), answer => { this.#answer(answer) })
  }

  // What the handling asks for.

  protected written (hungUp: () => void): void {
    const { written = hungUp } = this.#starter
    written()
  }

  startHandler (run: HandlerRun): void {
    this.#starter.startHandler(run, this.context)
  }

  // The answer.

  #answer (answer: Answer | undefined): void {
    this.#starter.requestEnds(answer !== undefined)
    if (answer !== undefined && !this.response.headersSent) this.#write(200, answer, true)
  }

  #refuse (error: unknown): void {
    this.#starter.requestEnds(true)
    if (this.response.headersSent) return
    const about = { log: this.#log, method: this.#method, arrivedAt: this.arrivedAt, context: this.context }
    const refusal = refusalOf(this.#door.callbacks, error, about)
    try {
      this.#write(refusal.statusCode, refusal)
    } catch (error) {
      // A middleware's own writeHead: nothing can be answered.
      writeLine(this.#log, 'error', { err: loggableError(error) }, `${this.#method} could not be answered`)
      if ('stream' in this.response) this.response.stream?.destroy()
      else this.response.destroy()
    }
  }

  /** Exactly these bytes. */
  #write (statusCode: number, { contentType, body }: Answer, bodyRead = false): void {
    const response = this.response
    if (isGone(response)) return
    const headers: OutgoingHttpHeaders = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
    // What compresses answers looks here before it does.
    if (this.#headers['accept-encoding'] !== undefined) this.#headers['accept-encoding'] = 'identity'
    // HTTP/2 knows neither a reason nor this header.
    if (this.#request.httpVersionMajor !== 1) {
      response.writeHead(statusCode, headers).end(body)
      return
    }
    // What is left of a body would be taken for the next request: the connection ends.
    if (!bodyRead && !this.#request.complete) headers.connection = 'close'
    const http1 = response as ServerResponse
    // With its reason, as Express' own error handler may have left one of its own.
    http1.writeHead(statusCode, STATUS_CODES[statusCode] ?? '', headers)
    // As a text, it goes out with the headers in one write. Not chained: a middleware's own writeHead may return
    // nothing.
    http1.end(body)
  }

  // Steps: what is thrown on the way is answered as a refusal.

  #goOn<T extends object | undefined> (value: T | Promise<T>, next: (value: T) => void): void {
    if (!isComing(value)) next(value)
    else value.then(value => { this.#try(() => { next(value) }) }, (error: unknown) => { this.#refuse(error) })
  }

  #try (step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#refuse(error)
    }
  }
}

/** The decoded query of a request's URL; a name that comes twice has a list. */
function queryOf (url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?')
  // The header's own limit bounds it; a thousand names, Node's default, would hide what comes behind them.
  return parse(start === -1 ? '' : url.slice(start + 1), '&', '=', { maxKeys: 0 })
}

/** Of what this package itself has made: one of its objects, or a promise of one. */
function isComing<T extends object | undefined> (value: T | Promise<T>): value is Promise<T> {
  return value !== undefined && 'then' in value
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
