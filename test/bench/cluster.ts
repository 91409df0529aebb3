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
export async function scaling ({ servers, formats, size, start, amounts }: Options): Promise<Measured[]> {
  const client = new Redis({ host: '127.0.0.1', port: start.redisPort ?? 0, lazyConnect: true })
  const all: Measured[] = []
  try {
    for (const format of formats) {
      for (const server of servers) {
        const redis = server.startsWith('redis') ? { client, pid: await pidOf(client) } : undefined
        const measured = await measure(PLACEMENTS.map(placement =>
          placed(placement, texting(server, format, size, { ...start, workers: placement.workers }), redis)), amounts)
        print(measured)
        all.push(...measured)
      }
    }
  } finally {
    client.disconnect()
  }
  return all
}

function placed (placement: Placement, contender: Contender, redis?: { client: Redis, pid: number }): Contender {
  const [processes, cores] = [placement.workers.length, coresOf(placement)]
  return {
    ...contender,
    label: `${contender.server}: ${processes} ${processes === 1 ? 'process' : 'processes'}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    drive: { connections: CONNECTIONS * CORES.length },
    prepare () {
      pin(process.pid, placement.others)
      if (redis !== undefined) pin(redis.pid, placement.others)
    },
    batch: count => contender.batch(count * processes),
    async counters (handle) {
      const served = await handle.ask<number[]>('served')
      const [primary = 0] = await handle.ask<number[]>('usage')
      return {
        ...Object.fromEntries(served.map((requests, process) => [`${SHARE}${process}`, requests])),
        primary,
        driver: cpuTime(),
        redis: redis === undefined ? 0 : await redisCpu(redis.client)
      }
    }
  }
}

async function pidOf (client: Redis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(String(await client.info('server')))?.[1])
}

function coresOf ({ workers, others }: Placement): number {
  return new Set([...workers, ...others]).size
}

function print (measured: readonly Measured[]): void {
  const one = measured[0]!
  console.log(`\n${table(
    ['server', 'format', 'requests a second', 'of the first', 'at most', 'of that', 'µs CPU', 'of the first', 'primary', 'driver', 'Redis', 'busy', 'smallest share'],
    measured.map((own, index) => {
      const [more, most] = [ratioOf(own.perSecond, one.perSecond), mostOf(one, PLACEMENTS[index]!)]
      const { primary = 0, driver = 0, redis = 0, ...others } = own.counted
      const perSecond = median(own.perSecond)
      return [
        own.label, own.format, perSecond.toFixed(0), more.toFixed(2), most.toFixed(2), (more / most).toFixed(2),
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
