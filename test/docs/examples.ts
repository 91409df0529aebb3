import { ENGLISH, readPage, type Fence } from './page.js'

/** A TypeScript example. */
export interface Example {
  /** Its page, from the root of the repository. */
  page: string
  /** The name in its first line, else one by its place on the page. */
  name: string
  code: string
}

/** The TypeScript examples of a page, in order. */
export function examplesOf (page: string): Example[] {
  return readPage(page).fences.filter(({ tag }) => tag === 'ts').map(fence => ({ page, name: nameOf(fence), code: fence.code }))
}

/** Those of all English pages. */
export function everyExample (): Example[] {
  return ENGLISH.flatMap(examplesOf)
}

/** The examples of a page by their names. */
export function filesOf (page: string): Map<string, string> {
  return new Map(examplesOf(page).map(({ name, code }) => [name, code]))
}

function nameOf ({ code, number }: Fence): string {
  return /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `block-${number}.ts`
}
