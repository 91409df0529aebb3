import type { HeapProfiler } from 'node:inspector'
import { allocatedBy, byFunction, byPlace, spentTable, sumBy } from './profiles.js'
import type { Format } from './messages.js'
import type { Options } from './options.js'
import { watched } from './watched.js'

export interface Allocations {
  server: string
  format: Format
  /** Bytes for each request, in all and by file or package. */
  bytes: number
  places: Record<string, number>
}

/** What is allocated for each request, what the collector took meanwhile included: a figure that noise does not touch. */
export async function allocations (options: Options): Promise<Allocations[]> {
  const { servers, formats, amounts: { requests } } = options
  const all: Allocations[] = []
  for (const server of servers) {
    for (const format of formats) {
      const spent = await watched(server, format, options, async (handle, run) => {
        await handle.ask('startAllocations')
        await run()
        return allocatedBy(await handle.ask<HeapProfiler.SamplingHeapProfileNode>('stopAllocations'))
      })
      const places = sumBy(spent, byPlace)
      console.log(`\n${server}, ${format}\n\n${spentTable('place', 'bytes a request', places, requests)}`)
      console.log(`\n${spentTable('function', 'bytes a request', sumBy(spent, byFunction), requests)}`)
      const each = places.map(([place, bytes]) => [place, Math.round(bytes / requests)] as const)
      all.push({ server, format, bytes: each.reduce((sum, [, bytes]) => sum + bytes, 0), places: Object.fromEntries(each) })
    }
  }
  return all
}
