import type { FastifyBaseLogger } from 'fastify'
import { stripErrorDetails } from '../support/strip-error-details.js'

/** A logger for workers that were given none: lines of JSON, warnings and errors on stderr. */
export const consoleLog: FastifyBaseLogger = bind({})

function bind (bindings: object): FastifyBaseLogger {
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
