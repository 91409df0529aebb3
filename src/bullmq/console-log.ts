import { stripErrorDetails } from '../support/strip-error-details.js'
import type { Log } from '../telemetry/log.js'

/**
 * What a worker's `context.log` can do where nothing says otherwise: all that Fastify's and pino's loggers can, written
 * out, as a worker needs neither.
 */
export interface InboxLog extends Log {
  level: string
  fatal (first: unknown, ...rest: unknown[]): void
  error (first: unknown, ...rest: unknown[]): void
  warn (first: unknown, ...rest: unknown[]): void
  info (first: unknown, ...rest: unknown[]): void
  debug (first: unknown, ...rest: unknown[]): void
  trace (first: unknown, ...rest: unknown[]): void
  silent (first: unknown, ...rest: unknown[]): void
  child (bindings: object, options?: object): InboxLog
}

/** A logger for workers that were given none: lines of JSON, warnings and errors on stderr. */
export const consoleLog: InboxLog = bind({})

function bind (bindings: object): InboxLog {
  const writer =
    (level: 'info' | 'warn' | 'error') =>
      (first: unknown, text?: unknown): void => {
        const fields = typeof first === 'object' && first !== null ? ({ ...first } as Record<string, unknown>) : {}
        // JSON knows nothing of errors.
        if (fields.err !== undefined) fields.err = stripErrorDetails(fields.err).stack
        console[level](
          JSON.stringify({
            level,
            time: new Date().toISOString(),
            ...bindings,
            ...fields,
            msg: typeof first === 'string' ? first : text
          })
        )
      }
  return {
    level: 'info',
    fatal: writer('error'),
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: () => {},
    trace: () => {},
    silent: () => {},
    child: more => bind({ ...bindings, ...more })
  }
}
