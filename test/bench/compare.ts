import { drive } from './driver.js'
import { median, quantile, table } from './figures.js'
import { AROUND_TEXT, replyText, request, typed, type Format } from './messages.js'
import { ServerHandle, type StartOptions } from './server-handle.js'

export interface CompareOptions extends StartOptions {
  servers: string[]
  formats: Format[]
  rounds: number
  requests: number
  warmUp: number
  /** Bytes of a message. */
  size: number
}

/** What one server needed. */
export interface Row {
  server: string
  format: Format
  /** Microseconds of processor time for a request: median of the rounds. */
  cpu: number
  /** Medians of the ratios of each round; missing where the other did not run. */
  toLimit: number | undefined
  toGlue: number | undefined
  /** Milliseconds. */
  p50: number
  p99: number
  rounds: number[]
}

/** Servers in turn, several rounds: what the machine does meanwhile does it to all. */
export async function compare (options: CompareOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const format of options.formats) rows.push(...await compareFormat(format, options))
  return rows
}

async function compareFormat (format: Format, { servers, rounds, requests, warmUp, size, ...start }: CompareOptions): Promise<Row[]> {
  const content = typed(size - AROUND_TEXT)
  const batch = (count: number): Buffer[] => Array.from({ length: count }, () => request(format, content))
  const handles: ServerHandle[] = []
  try {
    for (const name of servers) handles.push(await ServerHandle.start(name, format, start))
    for (const handle of handles) {
      // Before anything is timed: the answer is opened, and says what was sent.
      checkAnswer(handle, content, await drive(handle.port, batch(1), { connections: 1 }))
      await drive(handle.port, batch(warmUp))
    }
    const cpu = new Map(handles.map(({ name }) => [name, [] as number[]]))
    const latencies = new Map(handles.map(({ name }) => [name, [] as number[]]))
    for (let round = 0; round < rounds; round++) {
      const prepared = batch(requests)
      // Who comes first has colder caches: each does in its turn.
      for (let turn = 0; turn < handles.length; turn++) {
        const handle = handles[(turn + round) % handles.length]!
        const before = await handle.usage()
        const driven = await drive(handle.port, prepared)
        cpu.get(handle.name)!.push((await handle.usage() - before) / requests)
        checkAnswer(handle, content, driven)
        for (const latency of driven.latencies) latencies.get(handle.name)!.push(latency)
      }
    }
    return servers.map(server => {
      const own = cpu.get(server)!
      return {
        server,
        format,
        cpu: median(own),
        toLimit: ratio(own, cpu.get('limit')),
        toGlue: ratio(own, cpu.get('express-glue')),
        p50: quantile(latencies.get(server)!, 0.5),
        p99: quantile(latencies.get(server)!, 0.99),
        rounds: own
      }
    })
  } finally {
    await Promise.all(handles.map(async handle => await handle.stop()))
  }
}

function checkAnswer ({ name, format }: ServerHandle, content: string, { body }: { body: string }): void {
  if (name === 'bare') return
  const answered = replyText(format, body)
  if (answered !== content) throw new Error(`${name} has answered ${answered}`)
}

function ratio (own: readonly number[], other: readonly number[] | undefined): number | undefined {
  return other === undefined ? undefined : median(own.map((figure, round) => figure / other[round]!))
}

export function compareTable (rows: readonly Row[]): string {
  return table(
    ['server', 'format', 'µs CPU', 'of limit', 'of glue', 'p50 ms', 'p99 ms'],
    rows.map(({ server, format, cpu, toLimit, toGlue, p50, p99 }) => [
      server, format, cpu.toFixed(1), toLimit?.toFixed(2) ?? '', toGlue?.toFixed(2) ?? '', p50.toFixed(2), p99.toFixed(2)
    ])
  )
}
