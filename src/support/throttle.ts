const MINUTE = 60_000
/** Kinds that are remembered: a bound for texts that others write. */
const MOST_KINDS = 100

/** Whether something of this kind may be said now: once a minute, by a clock that does not jump. */
export function createThrottle (): (kind: string) => boolean {
  const saidAt = new Map<string, number>()
  return kind => {
    const now = performance.now()
    if (now - (saidAt.get(kind) ?? -Infinity) < MINUTE) return false
    if (saidAt.size >= MOST_KINDS) saidAt.clear()
    saidAt.set(kind, now)
    return true
  }
}
