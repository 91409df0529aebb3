import { texting } from './contenders.js'
import { table } from './figures.js'
import { measure, ratio, times, type Measured } from './measure.js'
import type { Options } from './options.js'

/** Every server with the same messages: the table that the goals are about. */
export async function compare ({ servers, formats, size, start, amounts }: Options): Promise<Measured[]> {
  const all: Measured[] = []
  for (const format of formats) {
    const measured = await measure(servers.map(server => texting(server, format, size, start)), amounts)
    const [limit, glue] = ['limit', 'express-glue'].map(name => measured.find(({ server }) => server === name))
    console.log(`\n${table(
      ['server', 'format', 'µs CPU', 'of limit', 'of glue', 'p50 ms', 'p99 ms'],
      measured.map(own => [
        own.server, format, own.cpu.toFixed(1), times(ratio(own, limit)), times(ratio(own, glue)), own.p50.toFixed(2), own.p99.toFixed(2)
      ])
    )}`)
    all.push(...measured)
  }
  return all
}
