import { discriminantsOf } from '../message/kind.js'
import type { MessageObject } from '../message/object.js'
import { loggableError, stripErrorDetails } from '../support/strip-error-details.js'

/** Where lines go: what the loggers of Fastify, pino and the console have in common. */
export interface Log {
  info (details: object, message?: string): void
  warn (details: object, message?: string): void
  error (details: object, message?: string): void
}

export function isLog (value: unknown): value is Log {
  return (typeof value === 'object' || typeof value === 'function') && value !== null &&
    ['info', 'warn', 'error'].every(name => typeof (value as Record<string, unknown>)[name] === 'function')
}

/** Warnings and errors only: what a server has to say where nobody gave a logger. */
export const consoleLog: Log = {
  info () {},
  warn (details, message) { console.warn(message, details) },
  error (details, message) { console.error(message, details) }
}

/** Writes a line. A logger that throws must cost no answer, nor end the process. */
export function writeLine (log: Log, level: keyof Log, details: object, message?: string): void {
  try {
    log[level](details, message)
  } catch {}
}

/** Calls a hook of the user, which must not harm the answer. `about`: what the log says of the message if it fails. */
export function callHook (log: Log, name: string, call: () => unknown, about: object = {}): void {
  Promise.resolve().then(call).catch((error: unknown) => {
    writeLine(log, 'error', { ...about, err: loggableError(error) }, `${name} failed`)
  })
}

/** What log lines are told by, of a message and its context. */
export interface Logged {
  readonly kind: string
  readonly key: string
  readonly attempt: number
  readonly message: object
}

/**
 * What a log line may say of a message: nothing of its text.
 *
 * @example
 * ```ts
 * const log = (context: CallbackContext) => { context.log.info(logFields(context), 'saved') }
 * ```
 */
export function logFields (context: Logged | undefined): {
  kind?: string
  unknown?: string
  key?: string
  attempt?: number
} {
  if (context === undefined) return {}
  const { kind, attempt, message } = context
  const key = context.key.slice(0, 8)
  if (kind !== 'unknown') return { kind, key, attempt }
  return { kind, unknown: discriminantsOf(message as MessageObject), key, attempt }
}

/**
 * The line of a request with a message that was neither refused nor has failed: what it came to, and after how many
 * milliseconds.
 */
export function writeOutcome (context: Logged & { readonly log: Log }, outcome: string, arrivedAt: number): void {
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
export function warnAbout (context: Logged & { readonly log: Log }, text: string, cause?: unknown): void {
  const err = cause === undefined ? {} : { err: stripErrorDetails(cause) }
  writeLine(context.log, 'warn', { ...logFields(context), ...err }, text)
}
