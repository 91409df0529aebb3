import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis-server.js'
import { missingMessages } from './missing.js'
import { contactMessage, eventually, keyOf, openInbox } from './support.js'
import { spawnWorker, type WorkerProcess } from './worker-process.js'

/** How many messages are acknowledged; a longer run takes WECOM_INBOX_MESSAGES=10000. */
const MESSAGES = Number(process.env.WECOM_INBOX_MESSAGES ?? 10_000)
const MESSAGES_PER_SECOND = 400
const REDIS_DIES_EVERY = 1_000
const WORKER_DIES_EVERY = 700
const WORKERS = 3

test(`of ${MESSAGES} acknowledged messages none is lost and none has its effect twice, while Redis and workers are killed and restarted`, async () => {
  const redis = await startRedis({ appendonly: true, appendfsync: 'always' })
  const effects = mkdtempSync(join(tmpdir(), 'fastify-wecom-effects-'))
  onTestFinished(async () => {
    await redis.stop()
    rmSync(effects, { recursive: true, force: true })
  })
  // Redis itself may lose a message's place in the queue: the inbox says so, and puts it back.
  const putBack: string[] = []
  const inbox = openInbox(redis, {
    completedCount: MESSAGES,
    onError: ({ message }) => { if (message.includes('put back')) putBack.push(message) }
  })
  const spawnOne = async (): Promise<WorkerProcess> => await spawnWorker({ port: redis.port, effects, handlerMs: 60 })
  const workers = await Promise.all(Array.from({ length: WORKERS }, spawnOne))
  const keys = Array.from({ length: MESSAGES }, (_, index) => keyOf(`user-${index}`))
  const count = { acknowledged: 0, refused: 0, repeated: 0, redisKilled: 0, workersKilled: 0 }
  let producing = true
  const killing: Array<Promise<void>> = []
  // Nothing may be started any more when the test has failed in the middle.
  onTestFinished(async () => {
    producing = false
    await Promise.allSettled(killing)
  })

  /** As WeCom does: again until it is acknowledged, and now and then once more after that. */
  async function send (index: number): Promise<void> {
    const id = `user-${index}`
    for (;;) {
      try {
        await inbox.put(contactMessage(id))
        break
      } catch (error) {
        expect(error).toMatchObject({ code: 'WECOM_INBOX_UNAVAILABLE' })
        count.refused++
        await sleep(100)
      }
    }
    count.acknowledged++
    if (index % 3 !== 0) return
    await inbox.put(contactMessage(id)).then(() => { count.repeated++ }, () => {})
  }

  async function produce (): Promise<void> {
    const sending: Array<Promise<void>> = []
    const startedAt = Date.now()
    for (let index = 0; index < MESSAGES; index++) {
      sending.push(send(index))
      const early = startedAt + index * 1_000 / MESSAGES_PER_SECOND - Date.now()
      if (early > 5) await sleep(early)
    }
    await Promise.all(sending)
    producing = false
  }

  async function killRedis (): Promise<void> {
    for (;;) {
      await sleep(REDIS_DIES_EVERY)
      if (!producing) return
      await redis.kill()
      count.redisKilled++
      await sleep(150)
      await redis.start()
    }
  }

  async function killWorkers (): Promise<void> {
    for (let turn = 0; ; turn++) {
      await sleep(WORKER_DIES_EVERY)
      if (!producing) return
      workers[turn % WORKERS]?.signal('SIGKILL')
      count.workersKilled++
      workers[turn % WORKERS] = await spawnOne()
    }
  }

  killing.push(killRedis(), killWorkers())
  await Promise.all([produce(), ...killing])
  expect(count.acknowledged).toBe(MESSAGES)
  const counts = await eventually(async () => await inbox.counts().catch(() => undefined), now => now !== undefined && now.completed + now.failed === MESSAGES, 30_000)
    .catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}; not handled: ${JSON.stringify(await missingMessages(redis, effects, keys), null, 2)}`)
    })
  for (const worker of workers) worker.signal('SIGTERM')
  expect(await Promise.all(workers.map(async worker => await worker.exited))).toEqual(workers.map(() => 0))

  // One file for each effect, named by its key; one line for each time that it was done.
  const done = readdirSync(effects).filter(name => name !== 'effects' && name !== 'started')
  const doubled = linesOf(join(effects, 'effects')).length - done.length
  const started = linesOf(join(effects, 'started'))
  console.log(JSON.stringify({ ...count, runs: started.length, effects: done.length, lost: MESSAGES - done.length, doubled, ...counts, putBack }))
  expect(done.sort()).toEqual([...keys].sort())
  expect(doubled).toBeLessThanOrEqual(0)
  expect(counts).toEqual({ waiting: 0, active: 0, delayed: 0, completed: MESSAGES, failed: 0 })
  // The kills hit runs in the middle, or this has shown nothing.
  expect(started.length).toBeGreaterThan(MESSAGES)
  expect(count.redisKilled).toBeGreaterThan(1)
  expect(count.workersKilled).toBeGreaterThan(1)
}, 60_000 + MESSAGES * 10)

function linesOf (file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n')
}
