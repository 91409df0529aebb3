/** A store or an inbox, which several servers of a process may share. */
interface Shared {
  close? (): Promise<void>
}

const uses = new WeakMap<Shared, number>()
const shared = new WeakSet<Shared>()

/** One registration more has it. */
export function use (end: Shared): void {
  uses.set(end, usesOf(end) + 1)
  if (usesOf(end) > 1) shared.add(end)
}

/** Closes it with the last registration that has it. */
export async function release (end: Shared): Promise<void> {
  uses.set(end, usesOf(end) - 1)
  if (usesOf(end) === 0) await end.close?.()
}

/** Whether several registrations have it, or had: what one that has closed was sent may be sent again to another. */
export function isShared (end: Shared): boolean {
  return shared.has(end)
}

function usesOf (end: Shared): number {
  return uses.get(end) ?? 0
}
