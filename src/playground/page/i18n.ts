import { en } from './text/en.js'
import { zh } from './text/zh.js'

export type Language = 'en' | 'zh'
export type TextKey = keyof typeof en

const TEXTS: Record<Language, Record<TextKey, string>> = { en, zh }
const REMEMBERED = 'fastify-wecom-playground.language'

/** A text of the page; `{name}` in it is replaced. */
export function text (language: Language, key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ''))
}

/** A text whose key is made up from data; `undefined` where there is none. */
export function textIfAny (
  language: Language,
  key: string,
  values?: Record<string, string | number>
): string | undefined {
  return Object.hasOwn(en, key) ? text(language, key as TextKey, values) : undefined
}

/** The one chosen before, else the browser's. */
export function preferredLanguage (): Language {
  try {
    const remembered = localStorage.getItem(REMEMBERED)
    if (remembered === 'en' || remembered === 'zh') return remembered
  } catch {}
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Where storage is blocked it is chosen anew next time. */
export function rememberLanguage (language: Language): void {
  try {
    localStorage.setItem(REMEMBERED, language)
  } catch {}
}
