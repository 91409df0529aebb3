import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../support/redis-server.js'
import { missingMessages } from './missing.js'
import { contactMessage, eventually, keyOf, openInbox } from './support.js'
import { spawnWorker, type WorkerProcess } from './worker-process.js'

/** How many messages are acknowledged; WECOM_INBOX_MESSAGES=100000 makes a longer run. */
const MESSAGES = Number(process.env.WECOM_INBOX_MESSAGES ?? 10_000)
/** How many are being sent at once. */
const SENDERS = 50
/** How many more are acknowledged than handled at most: then whoever is killed is busy. */
const BACKLOG = 500
const WORKERS = 3
/**
 * How soon one is killed after the one before, and how much is done between the two: a machine that is slow sees as many
 * kills as one that is fast, and more would be no harder, as there would be nothing to interrupt.
 */
const REDIS_DIES = { ms: 500, acknowledged: 400 }
const WORKER_DIES = { ms: 500, handled: 300 }
/** How long nothing at all may come of it, milliseconds. */
const PATIENCE = 60_000

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
  const done = (): number => sizeOf(join(effects, 'effects')) / `${keyOf('')}\n`.length
  const sending = { goesOn: true }
  const running: Array<Promise<unknown>> = []
  // Nothing may go on, nor be started any more, when the test has failed in the middle.
  onTestFinished(async () => {
    sending.goesOn = false
    await Promise.allSettled(running)
  })

  /** Resolves with false if all have been sent meanwhile. */
  async function whileProducing (until: () => boolean): Promise<boolean> {
    let before = ''
    let deadline = 0
    for (; sending.goesOn && !until(); await sleep(20)) {
      const now = `${count.acknowledged} ${done()}`
      if (now !== before) deadline = Date.now() + PATIENCE
      if (Date.now() > deadline) throw new Error(`nothing happens: ${JSON.stringify({ ...count, done: done() })}`)
      before = now
    }
    return sending.goesOn
  }

  /** As WeCom does: again until it is acknowledged, and now and then once more after that. */
  async function send (index: number): Promise<void> {
    const id = `user-${index}`
    while (sending.goesOn) {
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
    let next = 0
    await Promise.all(Array.from({ length: SENDERS }, async () => {
      while (next < MESSAGES && await whileProducing(() => count.acknowledged - done() < BACKLOG)) {
        // Another one may have sent the last of them meanwhile.
        if (next < MESSAGES) await send(next++)
      }
    }))
    sending.goesOn = false
  }

  async function killRedis (): Promise<void> {
    for (;;) {
      const soonest = Date.now() + REDIS_DIES.ms
      const enough = count.acknowledged + REDIS_DIES.acknowledged
      if (!await whileProducing(() => Date.now() >= soonest && count.acknowledged >= enough)) return
      await redis.kill()
      count.redisKilled++
      await sleep(150)
      await redis.start()
    }
  }

  async function killWorkers (): Promise<void> {
    for (let turn = 0; ; turn++) {
      const victim = workers[turn % WORKERS] as WorkerProcess
      const soonest = Date.now() + WORKER_DIES.ms
      const enough = done() + WORKER_DIES.handled
      // It may have been started a moment ago: then it has not done anything that a kill could cut off.
      const busy = (): boolean => victim.lines.some(({ outcome }) => outcome !== undefined)
      if (!await whileProducing(() => Date.now() >= soonest && done() >= enough && busy())) return
      victim.signal('SIGKILL')
      count.workersKilled++
      workers[turn % WORKERS] = await spawnOne()
    }
  }

  running.push(produce(), killRedis(), killWorkers())
  await Promise.all(running)
  expect(count.acknowledged).toBe(MESSAGES)
  const counts = await eventually(async () => await inbox.counts().catch(() => undefined), now => now !== undefined && now.completed + now.failed === MESSAGES, PATIENCE)
    .catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}; not handled: ${JSON.stringify(await missingMessages(redis, effects, keys), null, 2)}`)
    })
  for (const worker of workers) worker.signal('SIGTERM')
  expect(await Promise.all(workers.map(async worker => await worker.exited))).toEqual(workers.map(() => 0))

  // One file for each effect, named by its key; one line for each time that it was done.
  const named = readdirSync(effects).filter(name => name !== 'effects' && name !== 'started')
  const doubled = linesOf(join(effects, 'effects')).length - named.length
  const started = linesOf(join(effects, 'started'))
  console.log(JSON.stringify({ ...count, runs: started.length, effects: named.length, lost: MESSAGES - named.length, doubled, ...counts, putBack }))
  expect(named.sort()).toEqual([...keys].sort())
  expect(doubled).toBeLessThanOrEqual(0)
  expect(counts).toEqual({ waiting: 0, active: 0, delayed: 0, completed: MESSAGES, failed: 0 })
  // The kills hit runs in the middle, or this has shown nothing.
  expect(started.length).toBeGreaterThan(MESSAGES)
  expect(count.redisKilled).toBeGreaterThan(1)
  expect(count.workersKilled).toBeGreaterThan(1)
}, 120_000 + MESSAGES * 20)

/** In bytes; nothing if it is not there yet. */
function sizeOf (file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function linesOf (file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n')
}
