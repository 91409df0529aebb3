import type { Outcome } from './attempts.js'

/**
 * What this process has handled: it never handles that again, whatever a shared store has forgotten or could not be
 * told.
 */
export interface OwnMemory {
  recall (key: string): OwnOutcome | undefined
  /** @param keepUntil milliseconds since 1970 */
  remember (key: string, own: OwnOutcome, keepUntil: number): void
}

export interface OwnOutcome {
  outcome: Exclude<Outcome, { state: 'failed' | 'lost' }>
  /** Attempts of WeCom, as far as known here. */
  attempts: number
}

/** Beyond this the oldest are forgotten, as the store has them. */
const MOST_BYTES = 16 * 1024 * 1024
/** What an entry takes beside its texts. */
const ENTRY_BYTES = 400

export function createOwnMemory (): OwnMemory {
  /** In the order in which they came. */
  const entries = new Map<string, OwnOutcome & { until: number, bytes: number }>()
  let bytes = 0

  function forget (key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  return {
    recall (key) {
      const entry = entries.get(key)
      if (entry === undefined || entry.until >= performance.now()) return entry
      forget(key)
      return undefined
    },
    remember (key, { outcome, attempts }, keepUntil) {
      forget(key)
      const size = ENTRY_BYTES + 2 * (key.length + (outcome.state === 'done' ? outcome.reply.length : 0))
      entries.set(key, { outcome, attempts, until: performance.now() + keepUntil - Date.now(), bytes: size })
      bytes += size
      for (const [oldest, { until }] of entries) {
        if (bytes <= MOST_BYTES && until >= performance.now()) break
        forget(oldest)
      }
    }
  }
}
