import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, test, type TestContext } from 'vitest'
import { contactEvent, post, textMessage } from '../delivery/wecom.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { newSettings, signMessage } from '../support/requests.js'
import { startServer, type ClusterServer } from './servers.js'

const settings = newSettings('corp')
let redis: RedisServer

beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

async function start (env: Record<string, string>, count: number, onTestFinished: TestContext['onTestFinished']): Promise<ClusterServer[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => await startServer({ REDIS_PORT: String(redis.port), SETTINGS: JSON.stringify(settings), ...env })))
  onTestFinished(async () => { await Promise.all(servers.map(async server => { await server.stop() })) })
  return servers
}

/** Whether WeCom got its 200. */
async function send ({ url }: ClusterServer, message: string, timeout = 5_000): Promise<boolean> {
  if (url === undefined) return false
  const { query, body } = signMessage(settings, message)
  return (await post(url, query, body, timeout).catch(() => undefined))?.status === 200
}

/** How often the handler of a message has come to its end. */
async function completions (id: string): Promise<number> {
  const client = redis.connect()
  const count = await client.llen(`completed:${id}`)
  client.disconnect()
  return count
}

/** How often the handler of a message has begun. */
async function started (id: string): Promise<number> {
  const client = redis.connect()
  const count = Number(await client.hget('started', id))
  client.disconnect()
  return count
}

// Side by side, each with servers of its own: they mostly wait.
test.concurrent.for(['1000', '5000'])('a process killed at ten moments while it handles a message without a passive reply: what another one acknowledges is handled (lease %s)', { timeout: 120_000 }, async (lease, { expect, onTestFinished }) => {
  const [owner, other] = await start({ LEASE: lease, TAKES: '600' }, 2, onTestFinished) as [ClusterServer, ClusterServer]
  const ids: string[] = []
  let acknowledged = 0
  for (let moment = 0; moment < 10; moment++) {
    const id = `auth-${lease}-${moment}`
    const notice = `<xml><SuiteId>s</SuiteId><AuthCode>${id}</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>`
    const first = send(owner, notice, 1_000)
    await sleep(20 + moment * 75)
    await owner.kill()
    let answered = await first
    for (let retry = 0; retry < 3 && !answered; retry++) answered = await send(other, notice, 2_000)
    if (answered) {
      acknowledged++
      ids.push(id)
    }
    await owner.start()
  }
  await expect.poll(async () => (await Promise.all(ids.map(completions))).filter(count => count === 0), { timeout: Number(lease) * 2 + 3_000 }).toEqual([])
  expect(acknowledged).toBe(10)
})

test.concurrent('an attempt that hung up while it waited for a process that dies runs the handler itself', async ({ expect, onTestFinished }) => {
  const [owner, other] = await start({ LEASE: '1000', TAKES: '400' }, 2, onTestFinished) as [ClusterServer, ClusterServer]
  for (const server of [owner, other]) await send(server, textMessage(`before ${server.boot}`))
  const first = send(owner, textMessage('last'))
  await expect.poll(async () => await started('last'), { timeout: 5_000 }).toBe(1)
  const last = send(other, textMessage('last'), 700)
  await sleep(50)
  await owner.kill()
  expect([await first, await last]).toEqual([false, false])
  await expect.poll(async () => await completions('last'), { timeout: 10_000 }).toBe(1)
}, 30_000)

test.concurrent('a process that closes keeps what it has acknowledged for one that has just died', async ({ expect, onTestFinished }) => {
  const [owner, other] = await start({ LEASE: '1000', TAKES: '400' }, 2, onTestFinished) as [ClusterServer, ClusterServer]
  const notice = '<xml><SuiteId>s</SuiteId><AuthCode>closing</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>'
  const first = send(owner, notice, 1_000)
  await expect.poll(async () => await started('closing'), { timeout: 5_000 }).toBe(1)
  await owner.kill()
  expect([await first, await send(other, notice, 2_000)]).toEqual([false, true])
  await other.stop()
  expect(await completions('closing')).toBe(1)
}, 30_000)

test('three processes, one killed every 2.5 seconds, 600 events without a passive reply: every acknowledged one is handled', async ({ expect, onTestFinished }) => {
  const servers = await start({ LEASE: '1000', DEADLINE: '500', TAKES: '250' }, 3, onTestFinished)
  const over = new AbortController()
  let kills = 0
  const killer = (async () => {
    while (!over.signal.aborted) {
      await sleep(2_500)
      const victim = servers[kills++ % 3] as ClusterServer
      await victim.kill()
      await victim.start()
    }
  })()
  const acknowledged: string[] = []
  let next = 0
  // More than 600 where a busy machine has killed fewer meanwhile.
  const wanted = (): boolean => next < 600 || kills < 6
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (wanted()) {
      const id = `user-${++next}`
      for (let attempt = 0; attempt < 4; attempt++) {
        if (await send(servers[Math.floor(Math.random() * 3)] as ClusterServer, contactEvent(id), 1_000)) {
          acknowledged.push(id)
          break
        }
        await sleep(20)
      }
    }
  }))
  over.abort()
  await killer
  const missing = async () => (await Promise.all(acknowledged.map(async id => [id, await completions(id)] as const))).filter(([, count]) => count === 0)
  await expect.poll(missing, { timeout: 10_000, interval: 1_000 }).toEqual([])
  console.log(`${next} events, ${acknowledged.length} acknowledged, ${kills} kills`)
  expect(acknowledged.length / next).toBeGreaterThan(550 / 600)
  expect(kills).toBeGreaterThan(5)
}, 120_000)
