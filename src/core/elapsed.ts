/** Whole milliseconds since a request came, given `performance.now()` of then. */
export function elapsedSince (arrivedAt: number): number {
  return Math.round(performance.now() - arrivedAt)
}
