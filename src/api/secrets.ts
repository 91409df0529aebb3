const SECRET = /token|secret|code|ticket/i
const LONGEST = 300

/** The values of a request that nobody may read in a log. */
export function secretsOf (...sources: ReadonlyArray<object | undefined>): string[] {
  return sources.flatMap(source => Object.entries(source ?? {}))
    .filter(([name, value]) => SECRET.test(name) && typeof value === 'string' && value.length > 3)
    .map(([, value]) => value as string)
}

/** WeCom's words without them, in one line, and not without end. */
export function withoutSecrets (text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) clean = clean.replaceAll(secret, '…').replaceAll(encodeURIComponent(secret), '…')
  const line = clean.replaceAll(/[\s\p{Cc}]+/gu, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}
