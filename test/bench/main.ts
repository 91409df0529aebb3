import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { startRedis, type RedisServer } from '../support/redis.js'
import { compare, compareTable } from './compare.js'
import type { Format } from './messages.js'
import { PINNING, pinDriver } from './pin.js'
import { SERVERS } from './servers.js'

// npm run bench: processor time per request, server beside server. See docs/performance.md.

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: Object.keys(SERVERS).join() },
    formats: { type: 'string', default: 'xml,json' },
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '1500' },
    'warm-up': { type: 'string', default: '4000' },
    size: { type: 'string', default: '1024' },
    base: { type: 'string' },
    json: { type: 'string', default: 'coverage/bench.json' }
  }
})

const servers = values.servers.split(',')
const formats = values.formats.split(',') as Format[]

pinDriver()
let redis: RedisServer | undefined
try {
  if (servers.some(name => name.startsWith('redis'))) redis = await startRedis()
  console.log(`Node.js ${process.version}; ${PINNING}; ${values.rounds} rounds of ${values.requests} messages of ${values.size} bytes\n`)
  const rows = await compare({
    servers,
    formats,
    rounds: Number(values.rounds),
    requests: Number(values.requests),
    warmUp: Number(values['warm-up']),
    size: Number(values.size),
    redisPort: redis?.port ?? 0,
    base: values.base
  })
  console.log(compareTable(rows))
  mkdirSync(dirname(values.json), { recursive: true })
  writeFileSync(values.json, JSON.stringify({ node: process.version, pinning: PINNING, rows }, null, 2))
} finally {
  await redis?.stop()
}
