import type { AttachOptions } from '../delivery/attempts.js'
import { createThrottle } from '../support/throttle.js'

/** Faults come with every command and every reconnect; an operator needs one line a minute for each kind. */
export interface Warnings {
  /** Where lines go from now on: a store has no log of its own. */
  use (warn: AttachOptions['warn']): void
  warn (message: string): void
}

export function createWarnings (): Warnings {
  let write: AttachOptions['warn'] = () => {}
  const due = createThrottle()
  return {
    use (warn) { write = warn },
    warn (message) {
      // What follows a colon tells of the case, not of the kind.
      if (due(message.split(':', 1)[0] as string)) write(message)
    }
  }
}
