/** Keeps the process busy: nothing else runs meanwhile. */
export function standStill (milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}
