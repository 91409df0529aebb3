import { readFileSync } from 'node:fs'

/** The TypeScript examples of a document, in order. */
export function examplesOf (file: string): string[] {
  const markdown = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)
}

/** The examples that name their file in the first line. */
export function filesOf (file: string): Map<string, string> {
  return new Map(examplesOf(file).map(code => [/^\/\/ (\S+)$/m.exec(code)?.[1] as string, code]))
}
