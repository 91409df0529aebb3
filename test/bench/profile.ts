import { mkdirSync, writeFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import type { Options } from './options.js'
import { byFunction, byPlace, spentTable, sumBy, timeBy } from './profiles.js'
import { watched } from './watched.js'

/** Where the processor's time goes; writes files that the developer tools of Chrome open. */
export async function profile (options: Options): Promise<string[]> {
  const { servers, formats, amounts: { requests } } = options
  const files: string[] = []
  mkdirSync('coverage', { recursive: true })
  for (const server of servers) {
    for (const format of formats) {
      const taken = await watched(server, format, options, async (handle, run) => {
        await handle.ask('startProfile')
        await run()
        return await handle.ask<Profiler.Profile>('stopProfile')
      })
      const file = `coverage/${server}-${format}.cpuprofile`
      writeFileSync(file, JSON.stringify(taken))
      files.push(file)
      const spent = timeBy(taken)
      console.log(`\n${server}, ${format}: ${file}\n\n${spentTable('place', 'µs a request', sumBy(spent, byPlace), requests)}`)
      console.log(`\n${spentTable('function', 'µs a request', sumBy(spent, byFunction), requests)}`)
    }
  }
  return files
}
