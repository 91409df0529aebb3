import type { Page } from './page.js'

/** A word that a Chinese page does not use, and what it says instead: one term for one thing. */
const TERMS: Array<[RegExp, string]> = [
  // But each kind of a thing is 每种类型.
  [/种类(?!型)/, '类型'],
  // What Redis does with its data is called so.
  [/持久(?!化)/, '不丢消息'],
  [/信封/, '外层报文'],
  [/重发/, '重试'],
  [/空包/, '空应答'],
  [/查询串/, '查询参数'],
  [/疑难解答/, '故障排查'],
  [/抛错/, '抛出异常'],
  // With its blank, as all Latin letters have one.
  [/可信IP/, '企业可信 IP']
]

/** The lines of a Chinese page that use another term than the rest. */
export function foreignTerms ({ text }: Page): string[] {
  return text.split('\n').flatMap((line, index) => TERMS.filter(([word]) => word.test(line)).map(([word, term]) => `line ${index + 1}: ${word.exec(line)?.[0]} → ${term}: ${line}`))
}
