import type { CallbackContext } from '../delivery/context.js'
import { discriminantsOf } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { writeLine } from '../support/log.js'
import { stripErrorDetails } from '../support/strip-error-details.js'

/**
 * What a log line may say of a message: nothing of its text.
 *
 * @example
 * ```ts
 * const log = (context: CallbackContext) => { context.log.info(logFields(context), 'saved') }
 * ```
 */
export function logFields (context: CallbackContext | undefined): {
  kind?: string
  unknown?: string
  key?: string
  attempt?: number
} {
  if (context === undefined) return {}
  const { kind, attempt, message } = context
  const key = context.key.slice(0, 8)
  if (kind !== 'unknown') return { kind, key, attempt }
  return { kind, unknown: discriminantsOf(message as unknown as MessageObject), key, attempt }
}

/** The line that every request with a message has in the end: what it came to, and after how many milliseconds. */
export function writeOutcome (context: CallbackContext, outcome: string, arrivedAt: number): void {
  const line: ReturnType<typeof logFields> & { outcome?: string, ms?: number } = logFields(context)
  // Assigned, as a literal with a spread in it takes V8's slow way: 2 % of a request.
  line.outcome = outcome
  line.ms = elapsedSince(arrivedAt)
  writeLine(context.log, 'info', line, 'WeCom message')
}

/** Whole milliseconds since a request came, given `performance.now()` of then. */
export function elapsedSince (arrivedAt: number): number {
  return Math.round(performance.now() - arrivedAt)
}

/** A warning about a message, with what caused it. */
export function warnAbout (context: CallbackContext, text: string, cause?: unknown): void {
  const err = cause === undefined ? {} : { err: stripErrorDetails(cause) }
  writeLine(context.log, 'warn', { ...logFields(context), ...err }, text)
}
