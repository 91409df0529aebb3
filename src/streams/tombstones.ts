import type { StreamView } from './store.js'

/**
 * From when somebody has asked for a stream that is not there until it counts as lost: as long as `redisStreams()` by
 * its defaults gives a producer to bring it back. Milliseconds.
 */
const PATIENCE = 5_000 * 4 / 3

/** Streams that somebody has asked for and nobody has. */
export class Tombstones {
  readonly #most: number
  readonly #keep: number
  /** In the order in which they were asked for first. */
  readonly #asked = new Map<string, { since: number, until: number, text?: string }>()

  constructor (most: number, keep: number) {
    this.#most = most
    this.#keep = keep
  }

  get size (): number {
    return this.#asked.size
  }

  /** `undefined` where a producer may still come. */
  ask (key: string, missing: string, now: number): StreamView | undefined {
    const known = this.#at(key, now)
    if (known === undefined) {
      if (this.#asked.size >= this.#most) this.#asked.delete(this.#asked.keys().next().value as string)
      this.#asked.set(key, { since: now, until: now + this.#keep })
      return undefined
    }
    if (known.text === undefined && now - known.since >= PATIENCE) {
      known.text = missing
      known.until = now + this.#keep
    }
    return this.ended(key, now)
  }

  /** Of one that counts as lost. */
  ended (key: string, now: number): StreamView | undefined {
    const text = this.#at(key, now)?.text
    if (text === undefined) return undefined
    return { state: 'ended', token: '', text, cause: 'lost', first: '', final: '' }
  }

  delete (key: string): void {
    this.#asked.delete(key)
  }

  clear (): void {
    this.#asked.clear()
  }

  sweep (now: number): void {
    for (const [key, { until }] of this.#asked) if (until <= now) this.#asked.delete(key)
  }

  #at (key: string, now: number): { since: number, until: number, text?: string } | undefined {
    const known = this.#asked.get(key)
    return known === undefined || now < known.until ? known : undefined
  }
}
