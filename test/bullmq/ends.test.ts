import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Redis } from 'ioredis'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { contactMessage, eventually, keyOf, openInbox, startWorker, userOf } from './support.js'
import { spawnWorker } from './worker-process.js'

let redis: RedisServer
let client: Redis

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis({ port: redis.port })
})
afterAll(async () => {
  client.disconnect()
  await redis.stop()
})

describe('a worker that is killed', () => {
  test('in the middle of a message leaves it to another, which sees that it is not the first', async () => {
    await client.flushall()
    const inbox = openInbox(redis)
    await inbox.put(contactMessage('zhangsan'))
    const first = await spawnWorker({ port: redis.port, hang: 'zhangsan' })
    await eventually(() => first.lines, lines => lines.some(({ started }) => started === 'zhangsan'))
    first.signal('SIGKILL')
    expect(await first.exited).toBe(null)
    const second = await spawnWorker({ port: redis.port })
    const lines = await eventually(() => second.lines, found => found.some(({ outcome }) => outcome === 'completed'))
    expect(lines).toContainEqual({ started: 'zhangsan', attempt: 2 })
    second.signal('SIGTERM')
    expect(await second.exited).toBe(0)
    expect(await inbox.counts()).toMatchObject({ active: 0, waiting: 0, completed: 1, failed: 0 })
  })

  test('by the same message over and over loses it to the dead letters', async () => {
    await client.flushall()
    const inbox = openInbox(redis)
    await inbox.put(contactMessage('zhangsan'))
    const killer = await spawnWorker({ port: redis.port, hang: 'zhangsan' })
    await eventually(() => killer.lines, lines => lines.some(({ started }) => started === 'zhangsan'))
    killer.signal('SIGKILL')
    await killer.exited
    // Says that it has taken down a worker once already.
    await client.hset(`bull:wecom-inbox:${keyOf('zhangsan')}`, 'stc', 1)
    let calls = 0
    const worker = startWorker(redis, () => { calls++ }, { maxStalledCount: 1, lockDuration: 2_000, stalledInterval: 500 })
    const [letter] = await eventually(async () => await inbox.deadLetters(), letters => letters.length === 1)
    expect(letter).toMatchObject({ key: keyOf('zhangsan'), reason: 'job stalled more than allowable limit' })
    expect(calls).toBe(0)
    expect(worker.outcomes).toMatchObject([{ outcome: 'dead', kind: 'unknown' }])
  })
})

describe('close', () => {
  test('takes no more messages and waits for those that run', async () => {
    await client.flushall()
    const inbox = openInbox(redis)
    await inbox.put(contactMessage('a'))
    await inbox.put(contactMessage('b'))
    const { close, outcomes } = startWorker(redis, async () => { await sleep(400) }, { concurrency: 1 })
    await eventually(async () => (await inbox.counts()).active, count => count === 1)
    await close()
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['completed'])
    expect(await inbox.counts()).toMatchObject({ completed: 1, waiting: 1, active: 0 })
  })

  test('aborts the signal after the grace; a handler that heeds it goes back to the queue at once, as does one that does not', async () => {
    await client.flushall()
    const inbox = openInbox(redis, { attempts: 1 })
    await inbox.put(contactMessage('heeds'))
    await inbox.put(contactMessage('deaf'))
    let ends = (): void => {}
    const end = new Promise<void>(resolve => { ends = resolve })
    const first = startWorker(redis, async (message, { signal }) => {
      if (userOf(message) === 'deaf') { await end; return }
      await once(signal, 'abort')
      signal.throwIfAborted()
    }, { closeGrace: 300 })
    await eventually(async () => (await inbox.counts()).active, count => count === 2)
    const startedAt = Date.now()
    await first.close()
    // The grace, and what a busy machine adds: the deaf one would hold it for ever.
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    expect(first.outcomes.map(({ outcome }) => outcome)).toEqual(['returned', 'returned'])
    expect(await inbox.counts()).toMatchObject({ waiting: 2, active: 0, failed: 0 })

    const second = startWorker(redis, () => {})
    await eventually(() => second.outcomes.length, count => count === 2)
    expect(second.outcomes.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([[2, 'completed'], [2, 'completed']])
    ends()
    await sleep(50)
    expect(await inbox.counts()).toMatchObject({ completed: 2 })
  })

  test('may be called twice, and at once', async () => {
    const inbox = openInbox(redis)
    const worker = startWorker(redis, () => {})
    await Promise.all([worker.close(), worker.close(), inbox.close(), inbox.close()])
  })

  test.each(['idle', 'busy'])('lets the process end by itself: %s', async state => {
    await client.flushall()
    const inbox = openInbox(redis)
    const worker = await spawnWorker({ port: redis.port, hang: 'zhangsan', closeGrace: 200 })
    if (state === 'busy') {
      await inbox.put(contactMessage('zhangsan'))
      await eventually(() => worker.lines, lines => lines.some(({ started }) => started === 'zhangsan'))
    }
    const startedAt = Date.now()
    worker.signal('SIGTERM')
    if (state === 'busy') {
      await eventually(() => worker.lines, lines => lines.some(({ closed }) => closed === true))
      expect(worker.lines).toContainEqual({ aborted: 'zhangsan' })
      // Its own handler's timer holds the process; nothing of ours does.
      worker.signal('SIGKILL')
    } else expect(await worker.exited).toBe(0)
    expect(Date.now() - startedAt).toBeLessThan(10_000)
  })

  test('lets the process end by itself while Redis is down', async () => {
    const server = await startRedis()
    onTestFinished(server.stop)
    const worker = await spawnWorker({ port: server.port })
    await server.kill()
    worker.signal('SIGTERM')
    expect(await Promise.race([worker.exited, sleep(20_000).then(() => 'still there')])).toBe(0)
  })

  test.each(['up', 'down'])('of an inbox leaves nothing behind either: Redis %s', async state => {
    const port = state === 'up' ? redis.port : 1
    const code = `const { bullmqInbox } = await import('../../dist/bullmq/index.js')
      const inbox = bullmqInbox({ connection: { host: '127.0.0.1', port: ${port} }, encryptionKey: '${'0'.repeat(64)}', timeout: 200, onError () {} })
      await inbox.put({ key: 'x'.repeat(43), kind: 'text', plaintext: '<xml/>' }).then(() => console.log('taken'), error => console.log(error.code))
      await inbox.close()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
    const [exit] = await Promise.race([once(child, 'exit'), sleep(20_000).then(() => { child.kill('SIGKILL'); return ['still there'] })]) as [unknown]
    expect([exit, output.trim()]).toEqual([0, state === 'up' ? 'taken' : 'WECOM_INBOX_UNAVAILABLE'])
  })
})

test('a worker that lost its hold on a message tells the handler, and the message is handled again', async () => {
  await client.flushall()
  const inbox = openInbox(redis)
  const message = contactMessage('zhangsan')
  await inbox.put(message)
  const reasons: string[] = []
  const { outcomes } = startWorker(redis, async (_message, { attempt, signal }) => {
    if (attempt > 1) return
    await client.del(`bull:wecom-inbox:${message.key}:lock`)
    await once(signal, 'abort')
    reasons.push((signal.reason as Error).message)
  }, { lockDuration: 1_000, stalledInterval: 300 })
  await eventually(() => outcomes, found => found.some(({ outcome, attempt }) => outcome === 'completed' && attempt > 1))
  expect(reasons).toEqual(['the lock on this message was lost, another worker may handle it'])
})
