/** A store or an inbox, which several servers of a process may share. */
interface Shared {
  close? (): Promise<void>
}

const uses = new WeakMap<Shared, number>()

/** One registration more has it. */
export function use (shared: Shared): void {
  uses.set(shared, usesOf(shared) + 1)
}

/** Closes it with the last registration that has it. */
export async function release (shared: Shared): Promise<void> {
  uses.set(shared, usesOf(shared) - 1)
  if (usesOf(shared) === 0) await shared.close?.()
}

/** Whether several registrations have it now. */
export function isShared (shared: Shared): boolean {
  return usesOf(shared) > 1
}

function usesOf (shared: Shared): number {
  return uses.get(shared) ?? 0
}
