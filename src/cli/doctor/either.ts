/** One pattern out of several, with the flags of the first, where one literal would be too long to read. */
export function either (...patterns: readonly [RegExp, ...RegExp[]]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), patterns[0].flags)
}
