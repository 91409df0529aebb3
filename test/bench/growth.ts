import type { Options } from './options.js'
export async function growth (_options: Options): Promise<unknown> { return [] }
