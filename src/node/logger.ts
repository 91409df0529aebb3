import { quote } from '../errors.js'
import { isPromise } from '../support/is-promise.js'
import { optionInvalid } from '../support/options.js'
import { loggableError } from '../support/strip-error-details.js'
import { consoleLog, isLog, writeLine, type Log } from '../telemetry/log.js'

/** Where an adapter's lines go. */
export interface Logger<L extends Log> {
  /** For what belongs to no request. */
  readonly log: L
  logOf (request: unknown): L
}

/**
 * Reads the option `logger`: a logger, which may be a function itself, or a function that returns that of a request.
 *
 * @throws WecomError WECOM_OPTION_INVALID
 */
export function readLogger<L extends Log> (logger: unknown): Logger<L> {
  if (logger === undefined || isLog(logger)) {
    const log = (logger ?? consoleLog) as L
    return { log, logOf: () => log }
  }
  if (typeof logger === 'function') {
    return { log: consoleLog as L, logOf: loggerOf(logger as (request: unknown) => unknown) }
  }
  throw optionInvalid(
    'logger to have the methods info, warn and error, or to be a function that returns such a logger',
    quote(logger),
    'Give pino(), console, anything that takes (details, message), or request => request.log.'
  )
}

/**
 * The logger of each request, by a function of the user's. Where it fails, the lines of the request go to the console:
 * they tell why a message was refused, and a logger must not cost WeCom its answer.
 */
function loggerOf<L extends Log> (logger: (request: unknown) => unknown): (request: unknown) => L {
  let warned = false
  return request => {
    let details = {}
    try {
      const own = logger(request)
      if (isLog(own)) return own as L
      // An async function: what becomes of its promise is nobody's matter.
      if (isPromise(own)) Promise.resolve(own).catch(() => {})
    } catch (error) {
      details = { err: loggableError(error) }
    }
    if (!warned) {
      warned = true
      writeLine(
        consoleLog, 'error', details, 'the function given as logger returned no object with info, warn and error: ' +
        'what is logged for such requests goes to the console'
      )
    }
    return consoleLog as L
  }
}
