/** How long a poll may be waited for, milliseconds: WeCom asks every second. */
export const LAST_POLL = 3_000

/** Streams that have ended here and whose end no poll has been shown: when a server closes, they are worth a moment. */
export class LastPolls {
  /** By key: since when. */
  readonly #missing = new Map<string, number>()
  #tellAllSeen: (() => void) | undefined

  ended (key: string): void {
    const now = performance.now()
    // In the order in which they ended: WeCom asks every second, and has not for these.
    for (const [old, since] of this.#missing) {
      if (now - since < LAST_POLL) break
      this.#missing.delete(old)
    }
    this.#missing.set(key, now)
  }

  seen (key: string): void {
    if (this.#missing.delete(key) && this.#missing.size === 0) this.#tellAllSeen?.()
  }

  /** Resolves once all are seen, or the time is over. */
  async wait (milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.#missing.size === 0) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#tellAllSeen = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
