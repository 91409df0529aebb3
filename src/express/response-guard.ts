import type { ServerResponse } from 'node:http'
import type { HandlerRun } from '../core/arrival.js'
import { logFields } from '../core/context.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Starter } from '../node/exchange.js'
import { isFailure, sentFailure } from '../node/response.js'
import { isReplyValue } from '../reply/compose.js'
import type { Log } from '../support/log.js'

/**
 * What Express adds to a response, as far as it is watched here. `never`, as a parameter that takes anything would fit
 * none of Express' own.
 */
export type ExpressResponse = ServerResponse & { [method in (typeof SENDING)[number]]?: (...args: never[]) => unknown }

/** The methods by which a route answers; each leads to `end`. */
const SENDING = ['send', 'json', 'jsonp', 'sendStatus', 'redirect', 'end'] as const

/**
 * Stands between a route of the app and its response: `response.encrypted()` answers the message, what the route sends by itself is the answer
 * as it is, and what it sends when WeCom has had its answer goes nowhere.
 */
export function guardResponse<L extends Log> (response: ExpressResponse, begin: (context: CallbackContext<L>, answer: (value: unknown) => void) => void): Starter<L> {
  const own = Object.fromEntries(SENDING.map(name => [name, response[name]]))
  let run: HandlerRun | undefined
  let context: CallbackContext<L> | undefined
  let ended = false

  function startHandler (started: HandlerRun, handled: CallbackContext<L>): void {
    run = started
    context = handled
    if (ended) sendLate(started, handled)
    else watch(started)
    response.once('finish', written)
    begin(handled, value => { started.answer(value) })
  }

  /** Until the package answers, what the route sends goes out. */
  function watch (run: HandlerRun): void {
    for (const name of ['send', 'json'] as const) {
      const method = response[name]
      if (method === undefined) continue
      // Nobody wants WeCom to get `response.send(text('…'))` unencrypted.
      response[name] = function (...args) {
        if (run.settled || isFailure(response) || !isReplyValue(args[0])) return method.apply(this, args)
        run.answer(args[0])
        return response
      }
    }
  }

  function written (): void {
    if (run === undefined || context === undefined || ended) return
    if (isFailure(response)) { run.written(sentFailure(response)); return }
    if (run.written()) context.log.warn(logFields(context), 'the route answered by itself: WeCom gets that as it is, unencrypted, and a retry gets the empty answer; use response.encrypted()')
  }

  /** What the route sends from now on has nobody to go to. */
  function sendLate (run: HandlerRun, context: CallbackContext<L>): void {
    const late = (payload?: unknown): unknown => {
      if (!run.settled && isReplyValue(payload)) { run.answer(payload); return response }
      context.log.warn(logFields(context), 'the route answered when WeCom had its answer, or had hung up: nobody gets that; use response.encrypted()')
      if (isFailure(response)) run.fail(sentFailure(response))
      else if (!run.settled) run.answer(undefined)
      return response
    }
    Object.assign(response, Object.fromEntries(SENDING.map(name => [name, late])))
  }

  return {
    startHandler,
    written,
    requestEnds (answered) {
      // What the route has begun to send it sends to its end.
      if (ended || response.headersSent) return
      ended = true
      Object.assign(response, own)
      if (run === undefined || context === undefined || run.settled) return
      const [late, about] = [run, context]
      if (answered) queueMicrotask(() => { sendLate(late, about) })
      else sendLate(late, about)
    }
  }
}
