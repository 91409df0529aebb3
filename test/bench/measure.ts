import { drive, type DriveOptions } from './driver.js'
import { median, quantile } from './figures.js'
import type { Format } from './messages.js'
import { ServerHandle, type StartOptions } from './server-handle.js'

/** A server and what it is sent. */
export interface Contender {
  label: string
  server: string
  format: Format
  start?: StartOptions
  /** Is done before anything is sent to it. */
  prepare? (): void
  /** So many requests for each of its processes, no two alike. */
  batch (count: number): Buffer[]
  /** Throws where an answer is not right. */
  check (body: string): void
  drive?: DriveOptions
  /** What else is counted while it serves, as sums since some beginning. */
  counters? (handle: ServerHandle): Promise<Record<string, number>>
}

export interface Amounts {
  rounds: number
  requests: number
  warmUp: number
}

/** What it has needed for each request. */
export interface Measured {
  label: string
  server: string
  format: Format
  /** Microseconds of the server's processor time: the median of the rounds, and each of them. */
  cpu: number
  rounds: number[]
  /** Milliseconds from the first byte sent to the last one received. */
  p50: number
  p99: number
  /** Requests a second, of each round. */
  perSecond: number[]
  counted: Record<string, number>
}

/**
 * Starts them all, warms them up, and drives them in turn for several rounds: what the machine does meanwhile, it does to
 * all of them. Answers are opened before anything is timed, and once in each round.
 */
export async function measure (contenders: readonly Contender[], { rounds, requests, warmUp }: Amounts): Promise<Measured[]> {
  const stands: Stand[] = []
  try {
    for (const contender of contenders) {
      const handle = await ServerHandle.start(contender.server, contender.format, contender.start)
      stands.push({ contender, handle, rounds: [], latencies: [], perSecond: [], counted: [] })
    }
    for (const stand of stands) {
      await send(stand, 1)
      await send(stand, warmUp)
    }
    for (let round = 0; round < rounds; round++) {
      // Who comes first has colder caches: each does in its turn.
      for (let turn = 0; turn < stands.length; turn++) await measureTurn(stands[(turn + round) % stands.length]!, requests)
    }
    return stands.map(toMeasured)
  } finally {
    await Promise.all(stands.map(async ({ handle }) => await handle.stop()))
  }
}

interface Stand {
  contender: Contender
  handle: ServerHandle
  rounds: number[]
  latencies: number[]
  perSecond: number[]
  counted: Array<Record<string, number>>
}

async function measureTurn (stand: Stand, requests: number): Promise<void> {
  const { contender, handle } = stand
  contender.prepare?.()
  const prepared = contender.batch(requests)
  const counters = async (): Promise<Record<string, number>> => await contender.counters?.(handle) ?? {}
  const before = await counters()
  const usage = await handle.usage()
  const { latencies, body, elapsed } = await drive(handle.port, prepared, contender.drive)
  stand.rounds.push((await handle.usage() - usage) / prepared.length)
  const after = await counters()
  contender.check(body)
  for (const latency of latencies) stand.latencies.push(latency)
  stand.perSecond.push(prepared.length / elapsed)
  stand.counted.push(Object.fromEntries(Object.entries(after).map(([name, sum]) => [name, (sum - (before[name] ?? 0)) / prepared.length])))
}

async function send ({ contender, handle }: Stand, requests: number): Promise<void> {
  contender.prepare?.()
  contender.check((await drive(handle.port, contender.batch(requests), contender.drive)).body)
}

function toMeasured ({ contender: { label, server, format }, rounds, latencies, perSecond, counted }: Stand): Measured {
  return {
    label,
    server,
    format,
    cpu: median(rounds),
    rounds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    perSecond,
    counted: Object.fromEntries(Object.keys(counted[0] ?? {}).map(name => [name, median(counted.map(each => each[name] ?? 0))]))
  }
}

/** The median of the ratios of each round, as rounds of one run alone can be compared. */
export function ratio (own: Measured, other: Measured | undefined): number | undefined {
  return other === undefined ? undefined : ratioOf(own.rounds, other.rounds)
}

export function ratioOf (own: readonly number[], other: readonly number[]): number {
  return median(own.map((figure, round) => figure / other[round]!))
}

/** A ratio as a cell of a table; empty where there is none. */
export function times (ratio: number | undefined): string {
  return ratio?.toFixed(2) ?? ''
}
