/** What holds for one message that the playground plays: nobody outside of this process can ask for it. */
export interface Rehearsal {
  /** Its own servers on loopback, for media and response_url. */
  readonly origins: readonly string[]
  /** Aborts when the process that produces its stream is to be killed; `lease` milliseconds later that is noticed. */
  readonly death?: { readonly signal: AbortSignal, readonly lease: number } | undefined
}

let rehearsals: WeakMap<object, Rehearsal> | undefined

export function rehearse (message: object, rehearsal: Rehearsal): void {
  rehearsals ??= new WeakMap()
  rehearsals.set(message, rehearsal)
}

export function rehearsalOf (message: object): Rehearsal | undefined {
  return rehearsals?.get(message)
}
