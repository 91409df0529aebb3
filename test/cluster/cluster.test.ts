import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { post, replyOf, textMessage } from '../delivery/wecom.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { newSettings, signMessage } from '../support/requests.js'
import { killed, startServer, type ClusterServer } from './servers.js'

const MESSAGES = 10_000
const SERVERS = 3
/** Messages under way at once. */
const CONCURRENCY = 60

let redis: RedisServer | undefined
let servers: ClusterServer[] = []

afterAll(async () => {
  await Promise.all(servers.map(async server => { await server.stop() }))
  await redis?.stop()
})

test(`${MESSAGES} messages to ${SERVERS} processes with one Redis, each sent 1 to 4 times with overlap, a process killed every second: handled once, answered alike, none lost`, async () => {
  redis = await startRedis()
  const settings = newSettings('corp')
  const env = { REDIS_PORT: String(redis.port), LEASE: '1000', SETTINGS: JSON.stringify(settings) }
  servers = await Promise.all(Array.from({ length: SERVERS }, async () => await startServer(env)))

  let kills = 0
  const over = new AbortController()
  const killer = (async () => {
    while (!over.signal.aborted) {
      await sleep(1_000)
      const victim = servers[kills++ % SERVERS] as ClusterServer
      await victim.kill()
      await victim.start()
    }
  })()

  const counts = { attempts: 0, answered: 0, failed: 0 }

  /** One request of WeCom and its retries: whatever is not a 200 is sent again, to whichever process is there. */
  async function attempt (id: string): Promise<string> {
    for (let tries = 0; tries < 40; tries++) {
      const { url } = servers[Math.floor(Math.random() * SERVERS)] as ClusterServer
      if (url === undefined) { await sleep(20); continue }
      counts.attempts++
      const { query, body } = signMessage(settings, textMessage(id))
      const result = await post(url, query, body).catch(() => undefined)
      if (result?.status === 200) {
        counts.answered++
        return replyOf(settings, result)
      }
      counts.failed++
      await sleep(50)
    }
    throw new Error(`message ${id} was never answered`)
  }

  let next = 0
  const replies = new Map<string, Set<string>>()
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (next < MESSAGES) {
      const id = String(++next)
      const copies = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, async (_, copy) => {
        await sleep(copy * Math.random() * 100)
        return await attempt(id)
      })
      replies.set(id, new Set(await Promise.all(copies)))
    }
  }))
  over.abort()
  await killer

  const client = redis.connect()
  const ids = [...replies.keys()]
  const started = (await client.hvals('started')).reduce((sum, runs) => sum + Number(runs), 0)
  const completions = await Promise.all(ids.map(async id => await client.lrange(`completed:${id}`, 0, -1)))
  // A process may be killed between the end of its handler and the moment Redis has its answer: then the run begins again.
  const unexplained = completions.filter(boots => boots.slice(0, -1).some(boot => !killed.has(boot)))
  const repeated = completions.filter(boots => boots.length > 1).length
  const unlike = ids.flatMap((id, index) => replies.get(id)?.size === 1 ? [] : [{ id, replies: [...replies.get(id) ?? []], completed: completions[index] ?? [] }])
  console.log(`${ids.length} messages, ${counts.attempts} requests (${counts.answered} answered, ${counts.failed} failed or cut off), ${kills} kills, ${started} handlers started, ${repeated} completed again as their process was killed before Redis had the answer`)

  expect(ids).toHaveLength(MESSAGES)
  expect(unlike).toEqual([])
  expect(completions.filter(boots => boots.length === 0)).toEqual([])
  expect(unexplained).toEqual([])
  // Of the runs that a kill cut off, a few at most were that close to their end.
  expect(repeated).toBeLessThanOrEqual(MESSAGES / 100)
}, 300_000)
