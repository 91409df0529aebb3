import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { Cluster } from 'ioredis'
import type { BullmqInbox } from '../../src/bullmq/index.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { contactMessage, eventually, keyOf, openInbox, startWorker } from './support.js'

const WAIT = 'bull:wecom-inbox:wait'
const ACTIVE = 'bull:wecom-inbox:active'

async function durableRedis (): Promise<RedisServer> {
  const redis = await startRedis({ appendonly: true, appendfsync: 'always' })
  onTestFinished(redis.stop)
  return redis
}

async function restart (redis: RedisServer): Promise<void> {
  await redis.kill()
  await redis.start()
}

/** As WeCom does: again until it is acknowledged. */
async function acknowledged (inbox: BullmqInbox, id: string): Promise<void> {
  await eventually(async () => await inbox.put(contactMessage(id)).then(() => true, () => false), taken => taken)
}

/** What a kill leaves that came while Redis wrote what enqueues the last message: the job itself, no place in the queue. */
function cutOffInTheLastJob (redis: RedisServer): void {
  const directory = join(redis.directory, 'appendonlydir')
  const [name = ''] = readdirSync(directory).filter(each => each.endsWith('.incr.aof'))
  const file = join(directory, name)
  const text = readFileSync(file, 'latin1')
  truncateSync(file, text.indexOf('XADD', text.lastIndexOf('HMSET')) + 2)
}

test('a message whose enqueuing a kill of Redis cut in half, and whose repeat was acknowledged as a duplicate, is handled', async () => {
  const redis = await durableRedis()
  const errors: Error[] = []
  const inbox = openInbox(redis, { onError: error => { errors.push(error) } })
  await inbox.put(contactMessage('cut in half'))
  await redis.kill()
  cutOffInTheLastJob(redis)
  await redis.start()
  await acknowledged(inbox, 'between')
  // Redis loads what it has left of the half this time.
  await restart(redis)
  await acknowledged(inbox, 'cut in half')
  const { outcomes } = startWorker(redis, () => {})
  await eventually(() => outcomes.map(({ key }) => key).sort(), keys => keys.length === 2)
  expect(outcomes.map(({ key }) => key).sort()).toEqual(['between', 'cut in half'].map(keyOf).sort())
  expect(await inbox.counts()).toMatchObject({ waiting: 0, active: 0, completed: 2 })
  expect(errors.filter(({ message }) => message.includes('lost their place'))).toHaveLength(1)
})

test('a message that stands nowhere in the queue runs again, and nothing else does', async () => {
  const redis = await durableRedis()
  const client = redis.connect()
  const inbox = openInbox(redis, { attempts: 2, backoff: 60_000 })
  const runs: string[] = []
  const { outcomes } = startWorker(redis, async (_message, { key }) => {
    runs.push(key)
    if (key === keyOf('delayed')) throw new Error('no')
    if (key === keyOf('running')) await sleep(8_000)
  })
  const ids = ['handled', 'delayed', 'running', 'orphan']
  for (const id of ids) await inbox.put(contactMessage(id))
  await eventually(() => outcomes.length, length => length === 3)
  // As if it had not come to the handled ones.
  await client.zrem('bull:wecom-inbox:completed', keyOf('orphan'))
  await restart(redis)
  await eventually(() => runs.length, length => length === 5)
  await eventually(async () => await inbox.counts().catch(() => undefined), counts => counts?.completed === 3)
  expect(runs.sort()).toEqual([...ids, 'orphan'].map(keyOf).sort())
})

test('a message that a worker still runs is left to it, and runs again when nobody has it any more', async () => {
  const redis = await durableRedis()
  const client = redis.connect()
  const inbox = openInbox(redis)
  await inbox.put(contactMessage('running'))
  let runs = 0
  startWorker(redis, async () => {
    if (++runs === 1) await sleep(9_000)
  })
  await eventually(() => runs, count => count === 1)
  // As it is once its place is lost.
  expect(await client.lrem(ACTIVE, 0, keyOf('running'))).toBe(1)
  await restart(redis)
  await sleep(7_000)
  expect(runs).toBe(1)
  await eventually(() => runs, count => count === 2, 20_000)
}, 60_000)

test('a very long queue is not searched, and is when it has become shorter', async () => {
  const redis = await durableRedis()
  const client = redis.connect()
  const inbox = openInbox(redis)
  await inbox.put(contactMessage('zhangsan'))
  expect(await client.lrem(WAIT, 0, keyOf('zhangsan'))).toBe(1)
  await client.rpush(ACTIVE, ...Array.from({ length: 10_001 }, (_, index) => `other-${index}`))
  await restart(redis)
  await sleep(6_500)
  expect(await client.llen(WAIT)).toBe(0)
  await client.del(ACTIVE)
  await eventually(async () => await client.lpos(WAIT, keyOf('zhangsan')), place => place === 0, 20_000)
}, 60_000)

test('a Redis Cluster is searched when a node comes back', async () => {
  const redis = await startRedis({ appendonly: true, appendfsync: 'always', cluster: true })
  onTestFinished(redis.stop)
  const client = redis.connect()
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await eventually(async () => String(await client.call('CLUSTER', 'INFO')), info => info.includes('cluster_state:ok'))
  const cluster = new Cluster([{ host: '127.0.0.1', port: redis.port }])
  cluster.on('error', () => {})
  onTestFinished(() => { cluster.disconnect() })
  const inbox = openInbox(redis, { connection: cluster, prefix: '{wecom}' })
  await acknowledged(inbox, 'zhangsan')
  // Past the search of the first connection.
  await sleep(5_500)
  const wait = '{wecom}:wecom-inbox:wait'
  expect(await client.lrem(wait, 0, keyOf('zhangsan'))).toBe(1)
  await restart(redis)
  await eventually(async () => await client.lpos(wait, keyOf('zhangsan')).catch(() => null), place => place === 0, 20_000)
}, 60_000)
