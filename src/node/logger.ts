import { quote } from '../errors.js'
import { consoleLog, isLog, writeLine, type Log } from '../support/log.js'
import { isPromise } from '../support/is-promise.js'
import { loggableError } from '../support/strip-error-details.js'
import { optionInvalid } from '../support/options.js'

/** @throws WecomError WECOM_OPTION_INVALID */
export function checkLogger (logger: unknown): void {
  if (logger === undefined || typeof logger === 'function' || isLog(logger)) return
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
export function loggerOf<L extends Log> (logger: (request: unknown) => L): (request: unknown) => L {
  let warned = false
  return request => {
    let details = {}
    try {
      const own: unknown = logger(request)
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
