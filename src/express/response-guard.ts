import type { ServerResponse } from 'node:http'
import type { HandlerRun } from '../core/arrival.js'
import { isFailure, replyRepeated, sentFailure } from '../core/errors.js'
import type { CallbackContext } from '../delivery/context.js'
import type { Starter } from '../node/exchange.js'
import { isReplyValue } from '../reply/compose.js'
import { logFields, writeLine, type Log } from '../telemetry/log.js'
import { muteResponse } from './muted-response.js'

/**
 * What Express adds to a response, as far as it is watched here. `never`, as a parameter that takes anything would fit
 * none of Express' own.
 */
export type ExpressResponse = ServerResponse & { [method in (typeof SENDING)[number]]?: (...args: never[]) => unknown }

/** The methods by which a route answers with a value. */
const SENDING = ['send', 'json'] as const

/**
 * Stands between a route of the app and its response: `response.encrypted()` answers the message, what the route sends
 * by itself is the answer as it is, and what it sends when the message has its answer goes nowhere.
 */
export function guardResponse<L extends Log> (
  response: ExpressResponse,
  begin: (context: CallbackContext<L>, answer: (value: unknown) => void) => void
): Starter<L> {
  const { mute, hideHeaders, restore } = muteResponse(response)
  let run: HandlerRun | undefined
  let context: CallbackContext<L> | undefined
  let ended = false

  function startHandler (started: HandlerRun, handled: CallbackContext<L>): void {
    run = started
    context = handled
    const late = (payload?: unknown): void => { takeLate(started, handled, payload) }
    const answer = (value: unknown): void => {
      if (started.settled) throw replyRepeated('response.encrypted()')
      started.answer(value)
      // The answer goes out in a later turn: until then, and after it, nothing else must.
      if (!response.headersSent) mute(late)
    }
    if (ended) { mute(late); hideHeaders() } else watch(started, answer)
    response.once('finish', written)
    begin(handled, answer)
  }

  /** Until the package answers, what the route sends goes out. */
  function watch (run: HandlerRun, answer: (value: unknown) => void): void {
    for (const name of SENDING) {
      const method = response[name]
      if (method === undefined) continue
      // Nobody wants WeCom to get `response.send(text('…'))` unencrypted.
      response[name] = function (...args) {
        if (run.settled || isFailure(response) || !isReplyValue(args[0])) return method.apply(this, args)
        answer(args[0])
        return response
      }
    }
  }

  function written (): void {
    if (run === undefined || context === undefined || ended) return
    if (isFailure(response)) { run.written(sentFailure(response)); return }
    if (!run.written()) return
    writeLine(context.log, 'warn', logFields(context), 'the route sent its own answer: WeCom gets it ' +
      'unencrypted, and a retry gets the empty answer; use response.encrypted()')
  }

  /** What the route sends has nobody to go to. */
  function takeLate (run: HandlerRun, context: CallbackContext<L>, payload: unknown): void {
    if (!run.settled && !isFailure(response) && isReplyValue(payload)) { run.answer(payload); return }
    writeLine(context.log, 'warn', logFields(context), 'the route sent an answer after the message had been ' +
      'answered, or after WeCom had hung up: nobody receives it; use response.encrypted(), once')
    if (isFailure(response)) run.fail(sentFailure(response))
    else if (!run.settled) run.answer(undefined)
  }

  return {
    startHandler,
    written,
    requestEnds (answered) {
      // What the route has begun to send it sends to its end.
      if (ended || response.headersSent) return
      restore()
      ended = true
      if (run === undefined || context === undefined) return
      const [late, about] = [run, context]
      const muteNow = (): void => { mute(payload => { takeLate(late, about, payload) }) }
      if (!answered) { muteNow(); hideHeaders(); return }
      // The package writes its answer in this turn; access logs look at it when it has gone out.
      queueMicrotask(muteNow)
      response.once('close', () => { setImmediate(hideHeaders) })
    }
  }
}
