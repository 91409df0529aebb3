import type { Page } from './page.js'

/** A word that a Chinese page does not use, and what it says instead: one term for one thing. */
const TERMS: Array<[RegExp, string]> = [
  [/种类/, '类型'],
  // What Redis does with its data is called so.
  [/持久(?!化)/, '不丢消息'],
  [/信封/, '外层报文'],
  [/重发/, '重试']
]

/** The lines of a Chinese page that use another term than the rest. */
export function foreignTerms ({ text }: Page): string[] {
  return text.split('\n').flatMap((line, index) => TERMS.filter(([word]) => word.test(line)).map(([word, term]) => `line ${index + 1}: ${word.exec(line)?.[0]} → ${term}: ${line}`))
}
