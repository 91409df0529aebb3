/** Letters to add, leave out or change; more than `most` where it is more. */
export function editDistance (from: string, to: string, most = Infinity): number {
  if (Math.abs(from.length - to.length) > most) return most + 1
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [at, other] of [...to].entries()) {
      next.push(
        Math.min(
          (row[at] as number) + (letter === other ? 0 : 1),
          (row[at + 1] as number) + 1,
          (next[at] as number) + 1
        )
      )
    }
    row = next
  }
  return row.at(-1) as number
}
