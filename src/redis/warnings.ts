import type { AttachOptions } from '../delivery/attempts.js'

/** Faults come with every command and every reconnect; an operator needs one line a minute for each kind. */
export interface Warnings {
  /** Where lines go from now on: a store has no log of its own. */
  use (warn: AttachOptions['warn']): void
  warn (message: string): void
}

const INTERVAL = 60_000

export function createWarnings (): Warnings {
  let write: AttachOptions['warn'] = () => {}
  const warnedAt = new Map<string, number>()
  return {
    use (warn) { write = warn },
    warn (message) {
      // What follows a colon tells of the case, not of the kind.
      const kind = message.split(':', 1)[0] as string
      if (performance.now() - (warnedAt.get(kind) ?? -Infinity) < INTERVAL) return
      warnedAt.set(kind, performance.now())
      write(message)
    }
  }
}
