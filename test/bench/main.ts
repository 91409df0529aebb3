import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { startRedis } from '../support/redis.js'
import { allocations } from './allocations.js'
import { scaling } from './cluster.js'
import { compare } from './compare.js'
import { growth } from './growth.js'
import { readOptions, type Mode, type Options } from './options.js'
import { PINNING, pinDriver } from './pin.js'
import { profile } from './profile.js'
import { stores } from './stores.js'

// npm run bench: what a request costs, server beside server. docs/performance.md tells how to read it.

const MODES: Record<Mode, (options: Options) => Promise<unknown>> = {
  compare, allocations, profile, growth, redis: stores, cluster: scaling
}

const options = readOptions(process.argv.slice(2))
const { amounts: { rounds, requests }, size, mode, json } = options
pinDriver()
const pinning = mode === 'cluster' ? 'each process on a processor' : PINNING
console.log(`Node.js ${process.version}; ${pinning}; ${rounds} rounds of ${requests} messages of ${size} bytes`)
const redis = options.servers.some(name => name.startsWith('redis')) ? await startRedis() : undefined
try {
  const rows = await MODES[mode]({ ...options, start: { ...options.start, redisPort: redis?.port ?? 0 } })
  mkdirSync(dirname(json), { recursive: true })
  writeFileSync(json, JSON.stringify({ mode, node: process.version, pinning, rows }, null, 2))
} finally {
  await redis?.stop()
}
