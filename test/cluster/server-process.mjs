// One server of the cluster: the packed code, a Redis store, a handler that records its completions in Redis.
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import wecom, { text } from 'fastify-wecom'
import { redisStore } from 'fastify-wecom/redis'
import { Redis } from 'ioredis'

const { REDIS_PORT, LEASE, SETTINGS, BOOT, TAKES, DEADLINE } = process.env
const client = new Redis(Number(REDIS_PORT))
const app = Fastify({ logger: { level: 'warn', stream: process.stderr } })

await app.register(wecom, {
  path: '/cb',
  credentials: JSON.parse(SETTINGS),
  store: redisStore({ client, lease: Number(LEASE) }),
  ...(DEADLINE === undefined ? {} : { deadline: Number(DEADLINE) }),
  handler: async request => {
    const { MsgId = request.wecomMessage.UserID ?? request.wecomMessage.AuthCode } = request.wecomMessage
    await client.hincrby('started', MsgId, 1)
    await sleep(TAKES === undefined ? 20 + Math.random() * 130 : Number(TAKES))
    // What a completion is: one entry with the process that made it.
    await client.rpush(`completed:${MsgId}`, BOOT)
    return text(`${MsgId} ${BOOT} ${Math.random()}`)
  }
})
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`port ${app.server.address().port}`)
process.once('SIGTERM', async () => {
  await app.close()
  client.disconnect()
})
