import { Redis } from 'ioredis'
import { texting } from './contenders.js'
import { table } from './figures.js'
import { measure, ratio, times, type Measured } from './measure.js'
import type { Options } from './options.js'

/** The Redis store beside the memory store: the processor time of this process and of Redis, and what Redis is asked. */
export async function stores ({ servers, formats, size, start, amounts }: Options): Promise<Measured[]> {
  const client = new Redis({ host: '127.0.0.1', port: start.redisPort ?? 0 })
  const all: Measured[] = []
  try {
    for (const format of formats) {
      const contenders = servers.map(server => ({
        ...texting(server, format, size, start), ...server.startsWith('redis') && { counters: async () => await redisCounters(client) }
      }))
      const measured = await measure(contenders, amounts)
      const memory = measured.find(({ server }) => server === 'plugin')
      console.log(`\n${table(
        ['server', 'format', 'µs CPU', 'of memory', 'µs CPU of Redis', 'commands', 'p50 ms', 'p99 ms'],
        measured.map(own => [
          own.server, format, own.cpu.toFixed(1), times(ratio(own, memory)), own.counted[CPU]?.toFixed(1) ?? '',
          commandsOf(own).reduce((sum, [, calls]) => sum + calls, 0).toFixed(1), own.p50.toFixed(2), own.p99.toFixed(2)
        ])
      )}`)
      for (const own of measured) {
        const commands = commandsOf(own).map(([name, calls]) => `${name} ${calls.toFixed(2)}`)
        if (commands.length > 0) console.log(`\n${own.server}, a message: ${commands.join(', ')}`)
      }
      all.push(...measured)
    }
  } finally {
    client.disconnect()
  }
  return all
}

const CPU = 'µs'

function commandsOf ({ counted }: Measured): Array<[string, number]> {
  return Object.entries(counted).filter(([name, calls]) => name !== CPU && name !== 'info' && calls > 0)
}

/** What Redis has spent and been asked since it started, what its scripts call included. */
async function redisCounters (client: Redis): Promise<Record<string, number>> {
  const cpu = await redisCpu(client)
  const calls = [...String(await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, count]) => [name, Number(count)])
  return { [CPU]: cpu, ...Object.fromEntries(calls) }
}

/** Microseconds of processor time that Redis has had since it started. */
export async function redisCpu (client: Redis): Promise<number> {
  const seconds = [...String(await client.info('cpu')).matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)]
  return seconds.reduce((sum, [, value]) => sum + Number(value), 0) * 1e6
}
