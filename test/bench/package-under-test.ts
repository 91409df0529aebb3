import { pathToFileURL } from 'node:url'

/** The names of what package.json exports, as files of dist; their types come from src, which needs no build. */
interface Entries {
  index: typeof import('../../src/index.js')
  'node/index': typeof import('../../src/node/index.js')
  'express/index': typeof import('../../src/express/index.js')
  'redis/index': typeof import('../../src/redis/index.js')
}

/** Loads the built package: that of this checkout, or of another one to compare with (BENCH_DIST). */
export async function load<E extends keyof Entries> (entry: E): Promise<Entries[E]> {
  const dist = pathToFileURL(`${process.env.BENCH_DIST ?? 'dist'}/`)
  return await import(new URL(`${entry}.js`, dist).href)
}
