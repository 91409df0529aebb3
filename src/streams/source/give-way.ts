/** Milliseconds that a source may have in one piece. */
const PIECE = 5

/** Gives others the event loop now and then where a source gives without ever waiting. */
export class GiveWay {
  #since = performance.now()
  #waiting: Promise<void> | undefined

  /** What to wait for before going on; `undefined` where it is too early. */
  now (): Promise<void> | undefined {
    if (this.#waiting === undefined && performance.now() - this.#since >= PIECE) {
      this.#waiting = new Promise(resolve => {
        setImmediate(() => {
          this.#waiting = undefined
          this.#since = performance.now()
          resolve()
        })
      })
    }
    return this.#waiting
  }
}
