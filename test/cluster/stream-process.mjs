// One server of a bot's: the packed code, Redis for runs and streams, a source that says a text bit by bit.
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import wecom, { createRouter, stream } from 'fastify-wecom'
import { redisStore, redisStreams } from 'fastify-wecom/redis'
import { Redis } from 'ioredis'

const { REDIS_PORT, LEASE, SETTINGS, BOOT, DEADLINE } = process.env
const client = new Redis(Number(REDIS_PORT))
const app = Fastify()

async function * say ({ pieces, pause }) {
  for (const piece of pieces) {
    await sleep(pause)
    yield piece
  }
}

const router = createRouter().on('aibot.text', async ({ msgid, text: { content } }) => {
  // Who has asked the model, and how often.
  await client.rpush(`asked:${msgid}`, BOOT)
  const { thinks, ...spoken } = JSON.parse(content)
  if (thinks > 0) await sleep(thinks)
  return stream(say(spoken), { texts: { lost: '（断了）' }, onEnd: async ({ cause }) => { await client.rpush(`ended:${msgid}`, cause) } })
})

await app.register(wecom, {
  path: '/cb',
  credentials: JSON.parse(SETTINGS),
  store: redisStore({ client, lease: Number(LEASE) }),
  streams: redisStreams({ client, lease: Number(LEASE) }),
  ...(DEADLINE === undefined ? {} : { deadline: Number(DEADLINE) }),
  handler: router
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`port ${app.server.address().port}`)
process.once('SIGTERM', async () => {
  await app.close()
  client.disconnect()
})
