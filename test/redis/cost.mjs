// node test/redis/cost.mjs [dist …]: what the Redis store costs a message beside the memory store, in interleaved rounds.
// Each message is attached, settled with a reply and detached. Needs `npm run build`; several builds are compared.
// `two commands`: what a message sends, sent through the client with nothing else, is the least that it can cost.
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
const subjects = [{ name: 'memory', store: memoryStore() }, await bare(builds[0])]
for (const build of builds) {
  const { redisStore } = await load(build, 'redis/index.js')
  for (const enableAutoPipelining of [false, true]) {
    const client = new Redis({ host: '127.0.0.1', port, enableAutoPipelining })
    subjects.push({ name: `${build}${enableAutoPipelining ? ' (auto-pipelining)' : ''}`, store: redisStore({ client, prefix: randomUUID() }), client })
  }
}

async function bare (build) {
  const { PRELUDE, SCRIPTS } = await load(build, 'redis/scripts.js')
  const { begunText, endedText } = await load(build, 'redis/run-text.js')
  const client = new Redis({ host: '127.0.0.1', port })
  client.defineCommand('bare:settle', { numberOfKeys: 1, lua: PRELUDE + SCRIPTS.settle })
  return {
    name: 'two commands',
    client,
    store: {
      async attach (key) {
        const [run, token] = [`bare:run:${key}`, randomUUID()]
        const begun = begunText(token, 361_000, 5_000)
        await client.set(run, begun, 'PX', 361_000, 'NX')
        const settle = async ({ state, reply }) => await client['bare:settle'](run, begun, endedText(token, 361_000, state, reply), '')
        return { run: { settle }, detach () {} }
      }
    }
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
    scripts: (after.scripts - before.scripts) / messages,
    p50: times[Math.floor(messages / 2)],
    p99: times[Math.floor(messages * 0.99)]
  }
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

for (const subject of subjects) await measure(subject, 2_000)
const rounds = subjects.map(() => [])
for (let round = 0; round < ROUNDS; round++) {
  // Who comes first has colder caches: each does in its turn.
  for (let turn = 0; turn < subjects.length; turn++) {
    const index = (turn + round) % subjects.length
    rounds[index][round] = await measure(subjects[index], MESSAGES)
  }
}
// By rounds, as a busy machine is as slow for both.
for (const [index] of subjects.entries()) for (const [round, figures] of rounds[index].entries()) figures.more = figures.process - rounds[0][round].process
console.log(`Medians of ${ROUNDS} rounds of ${MESSAGES} messages, ${AT_ONCE} at once. CPU in µs a message (more: than with the memory store), times in ms.`)
console.table(Object.fromEntries(subjects.map(({ name }, index) => [name, Object.fromEntries(
  ['process', 'more', 'redis', 'commands', 'scripts', 'p50', 'p99'].map(what => [what, Number(median(rounds[index].map(figures => figures[what])).toFixed(2))])
)])))
for (const { store, client } of subjects) {
  await store.close?.()
  client?.disconnect()
}
admin.disconnect()
server.kill()
rmSync(directory, { recursive: true, force: true })
