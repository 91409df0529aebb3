// A process of its own with a store of its own, told over IPC what to do: [id, name, …arguments] in, [id, result] out.
import { Redis } from 'ioredis'
import { redisStore } from '../../dist/redis/index.js'

const [port, lease] = process.argv.slice(2).map(Number)
const client = new Redis({ host: '127.0.0.1', port })
const store = redisStore({ client, lease })
const attempts = []

const commands = {
  async attach (key) {
    const attempt = await store.attach(key, { keepUntil: Date.now() + 600_000, warn () {} })
    attempts.push(attempt)
    return { index: attempts.length - 1, number: attempt.number, runs: attempt.run !== undefined }
  },
  outcome: async index => await attempts[index].outcome,
  settle: async (index, settlement) => await attempts[index].run.settle(settlement),
  block (milliseconds) {
    const end = performance.now() + milliseconds
    while (performance.now() < end);
  },
  async close () {
    await store.close()
    await client.quit()
  },
  /** Ends nothing: whatever is left open keeps the process. */
  leave () { setImmediate(() => { process.disconnect() }) }
}

process.on('message', async ([id, name, ...args]) => {
  const result = await commands[name](...args)
  process.send([id, result ?? null])
})
