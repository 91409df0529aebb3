import { readFileSync } from 'node:fs'
import type { Start } from './protocol.js'

/** Cause and cure of every error, as docs/errors.md has them. */
export function readErrors (): Start['errors'] {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  // The page has no links out: their text is what is left.
  const rows = [
    ...text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').matchAll(/^\| `(WECOM_\w+)` \|[^|]*\|[^|]*\| (.*?) \| (.*?) \|$/gm)
  ]
  return Object.fromEntries(
    rows.map(([, code, cause, cure], index) => {
      const above = rows[index - 1]?.[3] ?? ''
      return [code, { cause: cause as string, cure: cure === 'As above.' ? above : (cure as string) }]
    })
  )
}
