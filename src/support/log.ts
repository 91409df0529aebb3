import { loggableError } from './strip-error-details.js'

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

/** Warnings and errors only: what a server has to say where nobody gave a logger. */
export const consoleLog: Log = {
  info () {},
  warn (details, message) { console.warn(message, details) },
  error (details, message) { console.error(message, details) }
}
