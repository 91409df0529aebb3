import type { FastifyInstance } from 'fastify'

/**
 * Ends the app in order: by Ctrl+C, by `kill`, and when the terminal is closed. npm passes SIGINT and SIGTERM on, and
 * with Ctrl+C the terminal sends SIGINT as well, so the second one means nothing unless it comes later.
 */
export function closeOnSignals (app: FastifyInstance): void {
  let closing: number | undefined
  const close = (signal: string) => {
    if (closing !== undefined) {
      if (Date.now() - closing > 1000) process.exit(1)
      return
    }
    closing = Date.now()
    app.close().then(() => { process.exit(0) }, (error: unknown) => {
      console.error(`The app does not close after ${signal}:`, error)
      process.exit(1)
    })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { close(signal) })

  // npm passes SIGTERM to its shell, which ends without passing it on: an app whose shell is gone would keep the port.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event !== 'start') return
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    // Told once: a second signal means that nothing is to be waited for.
    clearInterval(watch)
    close('the end of npm')
  }, 250).unref()
}
