import { loggableError } from './strip-error-details.js'

/** Where lines go: what the loggers of Fastify, pino and the console have in common. */
export interface Log {
  info (details: object, message?: string): void
  warn (details: object, message?: string): void
  error (details: object, message?: string): void
}

/**
 * Whether its lines of level `info` go nowhere, so that they need not be made: pino has the same function for a level
 * that is off as for `silent`, and Fastify without a logger has one function that all levels inherit.
 */
export function isInfoOff (log: Log): boolean {
  const { info, silent, trace, fatal } = log as unknown as Record<string, unknown>
  return info === silent || (info === trace && info === fatal && !Object.hasOwn(log, 'info'))
}

/** Calls a hook of the user, which must not harm the answer. */
export function callHook (log: Pick<Log, 'error'>, name: string, call: () => unknown): void {
  Promise.resolve().then(call).catch((error: unknown) => { log.error({ err: loggableError(error) }, `${name} failed`) })
}

function nothing (): void {}

/** Warnings and errors only: what a server has to say where nobody gave a logger. */
export const consoleLog: Log & { silent (): void } = {
  silent: nothing,
  info: nothing,
  warn (details, message) { console.warn(message, details) },
  error (details, message) { console.error(message, details) }
}
