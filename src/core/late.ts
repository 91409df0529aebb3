import type { CallbackContext } from '../delivery/context.js'
import { readableReply } from '../reply/readable.js'
import { loggableError } from '../support/strip-error-details.js'
import { callHook, writeLine, logFields, type Log } from '../telemetry/log.js'
import type { ReceivedContext } from './context.js'
import type { CallbacksOptions } from './options.js'

export type LateHooks<L extends Log> = Pick<CallbacksOptions<CallbackContext<L>>, 'onLateReply' | 'onLateError'>

/** A handler's reply that no request is answered with any more. */
export function repliedLate<L extends Log> (
  { onLateReply }: LateHooks<L>,
  context: ReceivedContext<L>,
  value: unknown,
  acknowledged: boolean
): void {
  if (!acknowledged || onLateReply === undefined) {
    writeLine(
      context.log,
      'warn',
      logFields(context),
      'the reply came too late: WeCom already has its answer, or has given up. Answer sooner, or set onLateReply ' +
        'and send it with the message API'
    )
  }
  if (onLateReply === undefined) return
  callHook(
    context.log,
    'onLateReply',
    () => onLateReply(readableReply(value, context.message as unknown as Record<string, unknown>), context),
    logFields(context)
  )
}

/** A handler's failure after which no retry of WeCom comes. */
export function failedLate<L extends Log> (
  { onLateError }: LateHooks<L>,
  context: ReceivedContext<L>,
  error: unknown,
  acknowledged: boolean
): void {
  writeLine(
    context.log,
    'error',
    { ...logFields(context), err: loggableError(error) },
    acknowledged
      ? 'the handler failed after the message was acknowledged: WeCom will not send it again'
      : 'the handler failed after WeCom had given up, and no retry has come since. Handle the message in ' +
        'onLateError, or use an inbox, which tries again'
  )
  callHook(context.log, 'onLateError', () => onLateError?.(error, context), logFields(context))
}
