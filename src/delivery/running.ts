import type { LocalRun } from './run.js'

export interface KeyedRun extends LocalRun {
  readonly key: string
}

/**
 * The runs of this process that have not ended, by key.
 *
 * Nearly all end in the turn of the event loop in which they began. A Map that each of them enters and leaves would
 * keep their requests alive long after: V8 replaces its table all the time, and each table it has replaced holds on to
 * the next. So those that are new stand in a list, which is short, and only the others in a Map.
 */
export class Running {
  readonly #begun: KeyedRun[] = []
  readonly #outlived = new Map<string, KeyedRun>()

  get size (): number {
    return this.#begun.length + this.#outlived.size
  }

  of (key: string): KeyedRun | undefined {
    for (const run of this.#begun) if (run.key === key) return run
    return this.#outlived.get(key)
  }

  all (): KeyedRun[] {
    return [...this.#begun, ...this.#outlived.values()]
  }

  begin (run: KeyedRun): void {
    this.#begun.push(run)
  }

  /** It goes on beyond the turn in which it began. */
  outlive (run: KeyedRun): void {
    if (this.#leave(run)) this.#outlived.set(run.key, run)
  }

  /** It has ended. */
  end (run: KeyedRun): void {
    if (!this.#leave(run) && this.#outlived.get(run.key) === run) this.#outlived.delete(run.key)
  }

  #leave (run: KeyedRun): boolean {
    const at = this.#begun.indexOf(run)
    if (at < 0) return false
    const last = this.#begun.pop() as KeyedRun
    if (last !== run) this.#begun[at] = last
    return true
  }
}
