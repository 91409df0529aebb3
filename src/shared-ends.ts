const users = new WeakMap<object, number>()

/**
 * Counts who uses an inbox that several servers, or several registrations, may have been given. Returns how to leave: true
 * for the last one, who is to close it.
 */
export function shareEnd (end: object | undefined): () => boolean {
  if (end === undefined) return () => false
  users.set(end, (users.get(end) ?? 0) + 1)
  return () => {
    const left = (users.get(end) ?? 1) - 1
    users.set(end, left)
    return left === 0
  }
}
