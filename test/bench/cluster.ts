import { texting } from './contenders.js'
import { table } from './figures.js'
import { measure, ratio, times, type Measured } from './measure.js'
import type { Options } from './options.js'

const WORKERS = [1, 2]

/** Several processes on one port, by node:cluster. They are not pinned, so the driver takes its part of two cores. */
export async function scaling ({ servers, formats, size, start, amounts }: Options): Promise<Measured[]> {
  const all: Measured[] = []
  for (const format of formats) {
    const contenders = servers.flatMap(server => WORKERS.map(workers => ({
      ...texting(server, format, size, { ...start, workers }), label: `${server}, ${workers} ${workers === 1 ? 'process' : 'processes'}`
    })))
    const measured = await measure(contenders, amounts)
    console.log(`\n${table(
      ['server', 'format', 'requests a second', 'of one process', 'µs CPU', 'of one process'],
      measured.map((own, index) => {
        const one = measured[index - index % WORKERS.length]!
        return [own.label, format, own.perSecond.toFixed(0), times(own.perSecond / one.perSecond), own.cpu.toFixed(1), times(ratio(own, one))]
      })
    )}`)
    all.push(...measured)
  }
  return all
}
