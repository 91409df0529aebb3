import { parseArgs } from 'node:util'
import type { Format } from './messages.js'
import type { Amounts } from './measure.js'
import type { StartOptions } from './server-handle.js'

/** What can be asked of the benchmark; without one of them, it compares the servers. */
export const MODES = ['allocations', 'profile', 'growth', 'redis', 'cluster'] as const
export type Mode = typeof MODES[number] | 'compare'

/** How the benchmark was called. */
export interface Options {
  mode: Mode
  servers: string[]
  formats: Format[]
  /** Bytes of a message. */
  size: number
  amounts: Amounts
  /** Messages that one server gets for the question whether it grows slower. */
  messages: number
  json: string
  start: StartOptions
}

interface Defaults { servers: string, amounts: Amounts }

const EVERY = 'bare,bare-node,bare-express,limit,express-glue,plugin,plugin-sync,router,memory-off,node,express,redis'
const DEFAULTS: Record<Mode, Defaults> = {
  compare: { servers: EVERY, amounts: { rounds: 40, requests: 500, warmUp: 10_000 } },
  allocations: { servers: 'limit,express-glue,plugin', amounts: { rounds: 1, requests: 2_000, warmUp: 4_000 } },
  profile: { servers: 'plugin', amounts: { rounds: 1, requests: 10_000, warmUp: 4_000 } },
  growth: { servers: 'limit,express-glue,plugin', amounts: { rounds: 7, requests: 500, warmUp: 3_000 } },
  redis: { servers: 'plugin,redis', amounts: { rounds: 9, requests: 1_500, warmUp: 4_000 } },
  cluster: { servers: 'limit,plugin,redis', amounts: { rounds: 9, requests: 2_000, warmUp: 6_000 } }
}

export function readOptions (args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      servers: { type: 'string' },
      formats: { type: 'string' },
      rounds: { type: 'string' },
      requests: { type: 'string' },
      'warm-up': { type: 'string' },
      size: { type: 'string', default: '1024' },
      messages: { type: 'string', default: '100000' },
      base: { type: 'string' },
      json: { type: 'string', default: 'coverage/bench.json' },
      ...Object.fromEntries(MODES.map(mode => [mode, { type: 'boolean' }] as const))
    }
  })
  const mode = MODES.find(mode => (values as Record<string, unknown>)[mode] === true) ?? 'compare'
  const { servers, amounts } = DEFAULTS[mode]
  const [server = servers, formats = 'xml,json'] = positionals
  return {
    mode,
    servers: (values.servers ?? server).split(','),
    formats: (values.formats ?? formats).split(',') as Format[],
    size: Number(values.size),
    amounts: {
      rounds: Number(values.rounds ?? amounts.rounds),
      requests: Number(values.requests ?? amounts.requests),
      warmUp: Number(values['warm-up'] ?? amounts.warmUp)
    },
    messages: Number(values.messages),
    json: values.json,
    start: { base: values.base }
  }
}
