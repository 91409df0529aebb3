// node test/redis/cost.mjs [dist …]: what the Redis store costs a message beside the memory store, in interleaved rounds.
// Each message is attached, settled with a reply and detached. Needs `npm run build`; further builds are compared with it.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve as absolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Redis } from 'ioredis'

const ROUNDS = Number(process.env.COST_ROUNDS ?? 5)
const MESSAGES = Number(process.env.COST_MESSAGES ?? 4_000)
const AT_ONCE = Number(process.env.COST_AT_ONCE ?? 16)
const builds = process.argv.length > 2 ? process.argv.slice(2) : [new URL('../../dist', import.meta.url).pathname]

const port = await new Promise(resolve => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => { resolve(port) })
  })
})
const directory = mkdtempSync(join(tmpdir(), 'wecom-cost-'))
const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--save', ''], { stdio: 'ignore' })
const admin = new Redis({ host: '127.0.0.1', port })
admin.on('error', () => {})

const load = async (build, file) => await import(pathToFileURL(absolute(build, file)).href)
const { memoryStore } = await load(builds[0], 'index.js')
const subjects = [{ name: 'memory', store: memoryStore() }]
for (const build of builds) {
  const { redisStore } = await load(build, 'redis/index.js')
  for (const enableAutoPipelining of [false, true]) {
    const client = new Redis({ host: '127.0.0.1', port, enableAutoPipelining })
    subjects.push({ name: `${build}${enableAutoPipelining ? ' (auto-pipelining)' : ''}`, store: redisStore({ client, prefix: randomUUID() }), client })
  }
}

/** Seconds of CPU, and commands by name without those of this measurement. */
async function redisUse () {
  const info = await admin.info('all')
  const number = name => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1])
  const calls = [...info.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].filter(([, name]) => name !== 'info')
  return {
    cpu: number('used_cpu_user') + number('used_cpu_sys'),
    commands: calls.reduce((sum, [, , count]) => sum + Number(count), 0),
    scripts: calls.filter(([, name]) => name.startsWith('eval')).reduce((sum, [, , count]) => sum + Number(count), 0)
  }
}

async function handle (store) {
  const start = performance.now()
  const attempt = await store.attach(randomUUID(), { keepUntil: Date.now() + 361_000, warn () {} })
  await attempt.run.settle({ state: 'done', reply: 'x'.repeat(200) })
  attempt.detach(true)
  return performance.now() - start
}

async function measure ({ store }, messages) {
  globalThis.gc?.()
  const times = []
  let left = messages
  const before = await redisUse()
  const cpu = process.cpuUsage()
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (left-- > 0) times.push(await handle(store)) }))
  const { user, system } = process.cpuUsage(cpu)
  const after = await redisUse()
  times.sort((a, b) => a - b)
  return {
    process: (user + system) / messages,
    redis: (after.cpu - before.cpu) * 1e6 / messages,
    commands: (after.commands - before.commands) / messages,
    trips: (after.scripts - before.scripts) / messages,
    p50: times[Math.floor(messages / 2)],
    p99: times[Math.floor(messages * 0.99)]
  }
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

for (const subject of subjects) await measure(subject, 2_000)
const rounds = subjects.map(() => [])
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, subject] of subjects.entries()) rounds[index].push(await measure(subject, MESSAGES))
}
console.log(`Medians of ${ROUNDS} rounds of ${MESSAGES} messages, ${AT_ONCE} at once. CPU in µs a message, times in ms.`)
console.table(Object.fromEntries(subjects.map(({ name }, index) => [name, Object.fromEntries(
  ['process', 'redis', 'commands', 'trips', 'p50', 'p99'].map(what => [what, Number(median(rounds[index].map(figures => figures[what])).toFixed(2))])
)])))
for (const { store, client } of subjects) {
  await store.close?.()
  client?.disconnect()
}
admin.disconnect()
server.kill()
rmSync(directory, { recursive: true, force: true })
