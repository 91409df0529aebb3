import { readdirSync, readFileSync } from 'node:fs'

/** A file of the page. */
export interface Asset {
  type: string
  body: Buffer
}

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml'
}

/** The page's files by path, read once: nothing that a request says becomes part of a file name. */
export function readAssets (): Map<string, Asset> {
  const directory = new URL('page/', import.meta.url)
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(file => file.replaceAll('\\', '/'))
  return new Map(files.flatMap(file => {
    const type = TYPES[file.slice(file.lastIndexOf('.') + 1)]
    return type === undefined ? [] : [[file, { type, body: readFileSync(new URL(file, directory)) }] as const]
  }))
}

/** The page itself; its links begin with where it is mounted. */
export function readPage (base: string): string {
  return readFileSync(new URL('page/index.html', import.meta.url), 'utf8').replaceAll('{base}', base)
}
