import { Redis } from 'ioredis'
import { texting } from './contenders.js'
import { cpuTime } from './cpu.js'
import { median, table } from './figures.js'
import { measure, ratio, ratioOf, type Contender, type Measured } from './measure.js'
import type { Options } from './options.js'
import { CORES, pin } from './pin.js'
import { redisCpu } from './stores.js'

/** Where the processes of a server run, one on each processor, and where the driver and Redis do. */
interface Placement { workers: readonly number[], others: readonly number[] }

/** One driver cannot keep more busy. */
const PROCESSES = 8

/** All on one; then ever more processes, the others on processors of their own, or, where none is left, on all. */
const PLACEMENTS: Placement[] = [{ workers: CORES.slice(-1), others: CORES.slice(-1) }]
for (let count = 1; count <= Math.min(CORES.length, PROCESSES) && CORES.length > 1; count *= 2) {
  PLACEMENTS.push({ workers: CORES.slice(-count), others: count < CORES.length ? CORES.slice(0, -count) : CORES })
}

/** For each processor: node:cluster hands them out in turn, and each stays with its process. */
const CONNECTIONS = 10

/** Among what is counted: the part of the requests that a process has had. */
const SHARE = 'share of process '

/**
 * Several processes on one port, by node:cluster, beside a single one. What drives them needs processors too, so the table
 * tells how much more they could serve at most.
 */
export async function scaling (options: Options): Promise<Measured[]> {
  const redis = new Redis({ host: '127.0.0.1', port: options.start.redisPort ?? 0, lazyConnect: true })
  const all: Measured[] = []
  try {
    for (const format of options.formats) {
      for (const server of options.servers) {
        const client = server.startsWith('redis') ? redis : undefined
        const pids = [process.pid, ...client === undefined ? [] : [Number(/^process_id:(\d+)/m.exec(await client.info('server'))![1])]]
        const measured = await measure(PLACEMENTS.map(({ workers, others }): Contender => {
          const contender = texting(server, format, options.size, { ...options.start, workers })
          return {
            ...contender,
            label: `${server}, ${workers.length} of ${coresOf({ workers, others })}`,
            drive: { connections: CONNECTIONS * CORES.length },
            prepare: () => pids.forEach(pid => pin(pid, others)),
            batch: count => contender.batch(count * workers.length),
            async counters (handle) {
              const served = await handle.ask<number[]>('served')
              const [primary = 0] = await handle.ask<number[]>('usage')
              return {
                ...Object.fromEntries(served.map((requests, process) => [`${SHARE}${process}`, requests])),
                primary,
                driver: cpuTime(),
                redis: client === undefined ? 0 : await redisCpu(client)
              }
            }
          }
        }), options.amounts)
        print(measured)
        all.push(...measured)
      }
    }
  } finally {
    redis.disconnect()
  }
  return all
}

function coresOf ({ workers, others }: Placement): number {
  return new Set([...workers, ...others]).size
}

function print (measured: readonly Measured[]): void {
  const one = measured[0]!
  console.log(`\n${table(
    ['server, its processes, all cores', 'format', 'requests a second', 'of the first', 'at most', 'of that', 'µs CPU', 'of the first', 'primary', 'driver', 'Redis', 'busy', 'smallest share'],
    measured.map((own, index) => {
      const [times, most] = [ratioOf(own.perSecond, one.perSecond), mostOf(one, PLACEMENTS[index]!)]
      const { primary = 0, driver = 0, redis = 0, ...others } = own.counted
      const perSecond = median(own.perSecond)
      return [
        own.label, own.format, perSecond.toFixed(0), times.toFixed(2), most.toFixed(2), (times / most).toFixed(2),
        own.cpu.toFixed(1), ratio(own, one)!.toFixed(2), primary.toFixed(1), driver.toFixed(1), redis.toFixed(1),
        (perSecond * (own.cpu + driver + redis) / 1e6).toFixed(2), Math.min(...Object.values(others)).toFixed(2)
      ]
    })
  )}`)
}

/** How many times as much as by one process, all on one processor, if no part of a request costs more. */
function mostOf ({ cpu, counted: { driver = 0, redis = 0 } }: Measured, placement: Placement): number {
  const request = cpu + driver + redis
  // All processors share all of the work, a process has no more than one of them, nor have the driver and Redis.
  return Math.min(coresOf(placement), placement.workers.length * request / cpu, request / driver, request / redis)
}
