import { readFileSync } from 'node:fs'

/** The TypeScript examples of a document, in order. */
export function examplesOf (file: string): string[] {
  const markdown = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)
}
