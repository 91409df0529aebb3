import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'
import { contactMessage } from '../bullmq/support.js'
import { installPacked, type Project } from './project.js'

/** The ends of the peer ranges in package.json, each with each. */
const { peerDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { peerDependencies: { bullmq: string, ioredis: string } }
const ends = (range: string): string[] => [...new Set(range.split(' || ').flatMap(part => [part.slice(1), part]))]
const pairs = ends(peerDependencies.bullmq).flatMap(bullmq => ends(peerDependencies.ioredis).map(ioredis => [bullmq, ioredis] as const))

/** Store: two requests for a message, one run. Inbox: put, fail once, handle, fail for good, remember, forget. */
const FLOW = `
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisStore } from 'fastify-wecom/redis'
import { bullmqInbox, createInboxWorker } from 'fastify-wecom/bullmq'

const connection = { port: Number(process.env.REDIS_PORT), db: Number(process.env.REDIS_DB) }
const [contact, other] = JSON.parse(process.env.MESSAGES)

for (const settings of process.env.REPLY_MAPPINGS.split(',').map(replyMapping => replyMapping === '' ? {} : { replyMapping })) {
  const clients = [new Redis({ ...connection, ...settings }), new Redis({ ...connection, ...settings })]
  const [one, two] = clients.map(client => redisStore({ client }))
  const key = 'run' + JSON.stringify(settings)
  const options = { keepUntil: Date.now() + 60_000, warn (text) { throw new Error(text) } }
  const [first, second] = [await one.attach(key, options), await two.attach(key, options)]
  assert.deepEqual([first.number, second.number, second.run], [1, 2, undefined])
  assert.deepEqual(await first.run.settle({ state: 'done', reply: 'hello' }), { state: 'done', reply: 'hello' })
  assert.deepEqual(await second.outcome, { state: 'done', reply: 'hello' })
  assert.deepEqual(await (await two.attach(key, options)).outcome, { state: 'done', reply: 'hello' })
  await Promise.all([one.close(), two.close()])

  // The inbox takes a client of the caller's as well, whatever its settings.
  const inbox = bullmqInbox({ connection: clients[0], encryptionKey: '0'.repeat(64), attempts: 2, backoff: 1, completedAge: 2_000, deadLetterAge: 2_000, queueName: 'inbox' })
  const log = { ...console, level: 'silent', fatal () {}, error () {}, warn () {}, info () {}, debug () {}, trace () {}, silent () {}, child: () => log }
  const outcomes = []
  const worker = createInboxWorker((message, { attempt, key }) => {
    if (key === other.key || attempt === 1) throw new Error('no')
    assert.equal(message.UserID, 'zhangsan')
  }, { connection: clients[1], encryptionKey: '0'.repeat(64), queueName: 'inbox', log, onOutcome: ({ outcome }) => { outcomes.push(outcome) } })
  await inbox.put(contact)
  await inbox.put(contact)
  await inbox.put(other, { keepUntil: Date.now() + 60_000 })
  while (outcomes.length < 4) await sleep(10)
  assert.deepEqual(outcomes.sort(), ['completed', 'dead', 'retried', 'retried'])
  assert.deepEqual(await worker.counts(), { waiting: 0, active: 0, delayed: 0, completed: 1, failed: 1 })
  assert.deepEqual((await inbox.deadLetters()).map(({ key, message, reason, attempts }) => [key, message.plaintext, reason, attempts]), [[other.key, other.plaintext, 'Error', 2]])
  assert.equal(await inbox.retryDeadLetter(other.key), true)
  while (outcomes.length < 6) await sleep(10)
  assert.equal(await inbox.discardDeadLetter(other.key), true)
  while ((await inbox.counts()).completed > 0) await sleep(50)
  assert.deepEqual(await clients[0].keys('bull:inbox:???????????????????????????????????????????'), [])
  await worker.close()
  await inbox.close()
  for (const client of clients) client.disconnect()
}
console.log('the flow is over')
process.exit(0)
`

let redis: RedisServer
let project: Project
beforeAll(async () => {
  redis = await startRedis()
  project = await installPacked({ fastify: '5' })
  project.write('flow.mjs', FLOW)
}, 240_000)
afterAll(async () => {
  project.remove()
  await redis.stop()
}, 60_000)

test.each(pairs)('store and inbox do their work with bullmq %s and ioredis %s', async (bullmq, ioredis) => {
  await project.install(`bullmq@${bullmq}`, `ioredis@${ioredis}`)
  const installed = (name: string) => (JSON.parse(readFileSync(join(project.directory, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version
  const got = [installed('bullmq'), installed('ioredis')]
  // The newest of a range is another than its lowest, but for ioredis 6, which has one version.
  for (const [index, wanted] of [bullmq, ioredis].entries()) {
    if (/^\d/.test(wanted)) expect(got[index]).toBe(wanted)
    else if (wanted !== '^6.0.0' || index === 0) expect(got[index]).not.toBe(wanted.slice(1))
  }
  const output = await project.run(process.execPath, ['flow.mjs'], {
    REDIS_PORT: String(redis.port),
    REDIS_DB: String(pairs.findIndex(pair => pair[0] === bullmq && pair[1] === ioredis)),
    MESSAGES: JSON.stringify([contactMessage('zhangsan'), contactMessage('lisi')]),
    REPLY_MAPPINGS: ioredis.includes('6') ? ',legacy' : ''
  })
  expect(output).toContain('the flow is over')
}, 180_000)
