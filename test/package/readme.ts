import { readFileSync } from 'node:fs'

/** The TypeScript examples of a README, in order. */
export function examplesOf (file: 'README.md' | 'README.zh-CN.md'): string[] {
  const markdown = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)
}
