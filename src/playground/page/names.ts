import type { Start } from '../protocol.js'
import type { Language } from './i18n.js'

/** What a kind is called, in the page's language; its key where the catalogue has none. */
export function titleOf ({ families }: Start, key: string, language: Language): string {
  for (const { kinds } of families) {
    for (const [kind, zh, en] of kinds) if (kind === key) return language === 'zh' ? zh : en
  }
  return key
}

/** A field of an object of which nothing is known. */
export function field (value: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
    value
  )
}

/** The same, as text; `undefined` where there is none. */
export function textField (value: unknown, ...names: string[]): string | undefined {
  const found = field(value, ...names)
  return typeof found === 'string' && found !== '' ? found : typeof found === 'number' ? String(found) : undefined
}

/** A list, however XML or JSON came to write it. */
export function listOf (value: unknown): unknown[] {
  if (value === undefined || value === '') return []
  return Array.isArray(value) ? value : [value]
}
