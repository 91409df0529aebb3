import cluster from 'node:cluster'
import { subscribe } from 'node:diagnostics_channel'
import { cpuTime } from './cpu.js'
import { Profiler } from './profiler.js'
import { SERVERS } from './servers.js'
import type { ServerOptions } from './served.js'

// One server in a process of its own, asked by its parent what it has used.

/** What the parent may ask. */
export type Question = 'usage' | 'served' | 'memory' | 'startAllocations' | 'stopAllocations' | 'startProfile' | 'stopProfile'

const [name = '', options = '{}', port = '0'] = process.argv.slice(2)
const start = SERVERS[name]
if (start === undefined) throw new Error(`no server ${name}; there are ${Object.keys(SERVERS).join(', ')}`)

let served = 0
// Who shares a port tells what its share was; one that has the port alone is not asked, and does not count.
if (cluster.isWorker) subscribe('http.server.request.start', () => { served++ })

const profiler = new Profiler()
const answers: Record<Question, () => unknown> = {
  usage: cpuTime,
  served: () => served,
  memory: () => {
    globalThis.gc?.()
    return process.memoryUsage()
  },
  startAllocations: async () => await profiler.startAllocations(),
  stopAllocations: async () => await profiler.stopAllocations(),
  startProfile: async () => await profiler.startProfile(),
  stopProfile: async () => await profiler.stopProfile()
}

process.on('disconnect', () => process.exit())
const listening = await start(JSON.parse(options) as ServerOptions, Number(port))
process.on('message', async (question: Question) => process.send?.({ answer: await answers[question]() }))
process.send?.({ answer: listening })
