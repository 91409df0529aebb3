import { readFileSync } from 'node:fs'
import { root } from '../support/compile.js'

/** What stands between the fences of a page that have this tag, in order. */
export function blocksOf (page: string, tag: string): string[] {
  return [...readFileSync(`${root}/${page}`, 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === tag)
    .map(([, , code]) => code as string)
}
