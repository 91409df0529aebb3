// node test/bench/streams-cost.mjs: what a poll and a write of a stream of 10 KB cost, in this process and in Redis, in
// interleaved rounds. Needs `npm run build`.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { redisStreams } from 'fastify-wecom/redis'

const [ROUNDS, CALLS, STREAMS] = [5, 4_000, 50]
const port = await new Promise(resolve => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => { resolve(port) })
  })
})
const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' })
const clients = [1, 2, 3].map(() => new Redis({ host: '127.0.0.1', port }).on('error', () => {}))
const [one, other] = clients.map(client => redisStreams({ client, flushEvery: 10 }))
const admin = clients[2]

async function redisCpu () {
  const info = await admin.info('cpu')
  const seconds = name => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}

const streams = await Promise.all(Array.from({ length: STREAMS }, async () => {
  const [key, token] = [randomUUID(), randomUUID()]
  await one.begin(key, {
    token, life: 350_000, conversation: key, first: '', text: '', suffixes: { late: '', lost: '', stopped: '' }, ended () {}
  })
  await one.write(key, { token, offset: 0, text: '回'.repeat(3_400) })
  return { key, token, bytes: 10_200 }
}))

const subjects = {
  'poll, own process': async ({ key }) => await one.poll(key, ''),
  'poll, other process': async ({ key }) => await other.poll(key, ''),
  'write of 6 bytes': async stream => {
    const { bytes } = await one.write(stream.key, { token: stream.token, offset: stream.bytes, text: '一二' })
    stream.bytes = bytes
  }
}

const figures = Object.fromEntries(Object.keys(subjects).map(name => [name, []]))
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, call] of Object.entries(subjects)) {
    const count = name.startsWith('write') ? CALLS / 4 : CALLS
    const times = []
    const [redis, own] = [await redisCpu(), process.cpuUsage()]
    await Promise.all(streams.map(async stream => {
      for (let done = 0; done < count / STREAMS; done++) {
        const start = performance.now()
        await call(stream)
        times.push(performance.now() - start)
      }
    }))
    const { user, system } = process.cpuUsage(own)
    const spent = await redisCpu() - redis
    times.sort((a, b) => a - b)
    // The first round warms up.
    if (round > 0) figures[name].push([(user + system) / count, spent / count, times[times.length >> 1]])
  }
}
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]
console.log(`Medians of ${ROUNDS} rounds, ${STREAMS} streams at once. CPU in µs a call, p50 in ms (a write waits up to 10).`)
console.table(Object.fromEntries(Object.entries(figures).map(([name, rounds]) => [name, Object.fromEntries(
  ['process', 'redis', 'p50'].map((what, index) => [what, Number(median(rounds.map(figure => figure[index])).toFixed(2))])
)])))
await Promise.all([one.close(), other.close()])
for (const client of clients) client.disconnect()
server.kill()
