import { readFileSync } from 'node:fs'
import type { ErrorTexts, Start } from './protocol.js'

/** Cause and cure of every error, as docs/errors.md and its Chinese twin have them. */
export function readErrors (): Start['errors'] {
  return { en: readPage('docs/errors.md'), zh: readPage('docs/zh-CN/errors.md') }
}

function readPage (path: string): ErrorTexts {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  // The playground shows no links: only their text is left.
  const withoutLinks = text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
  const rows = withoutLinks.matchAll(/^\| `(WECOM_\w+)` \|[^|]*\|[^|]*\| (.*?) \| (.*?) \|$/gm)
  return Object.fromEntries([...rows].map(([, code, cause, cure]) => [code, { cause, cure }])) as ErrorTexts
}
