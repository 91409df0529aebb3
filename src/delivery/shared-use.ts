/** A store or an inbox, which several servers of a process may share. */
interface Shared {
  close? (): Promise<void>
}

/** Who has it. */
export interface Use {
  /** Registrations that have it now. */
  count: number
  /** Several have it, or had: what one that has closed was sent may be sent again to another. */
  shared: boolean
}

const uses = new WeakMap<Shared, Use>()

/** How it is used now, and from now on. */
export function useOf (end: Shared): Readonly<Use> {
  return known(end)
}

/** One registration more has it. */
export function use (end: Shared): void {
  const use = known(end)
  use.count++
  if (use.count > 1) use.shared = true
}

/** Closes it with the last registration that has it. */
export async function release (end: Shared): Promise<void> {
  const use = known(end)
  use.count--
  if (use.count === 0) await end.close?.()
}

function known (end: Shared): Use {
  let use = uses.get(end)
  if (use === undefined) uses.set(end, use = { count: 0, shared: false })
  return use
}
