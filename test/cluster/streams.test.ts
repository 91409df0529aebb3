import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newCredentials, sample, wecomClient } from '../../src/testing/index.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { startServer, type ClusterServer } from './servers.js'

const SERVERS = 3
const STREAMS = 200
const LEASE = 1_500
/** Milliseconds between the polls of a stream. */
const EVERY = 300

/** What was shown, and when it was asked for and came. */
interface Frame { asked: number, at: number, content: string, finish: boolean, id: string }
interface Spoken { pieces: string[], pause: number, thinks?: number }

const credentials = newCredentials('')
let redis: RedisServer
let client: Redis
/** A cluster for each test. */
let clusters: ClusterServer[][] = []

beforeAll(async () => {
  redis = await startRedis()
  client = redis.connect()
  const env = { REDIS_PORT: String(redis.port), LEASE: String(LEASE), SETTINGS: JSON.stringify(credentials) }
  const start = async () => await Promise.all(Array.from({ length: SERVERS }, async () => await startServer(env, 'stream-process.mjs')))
  clusters = await Promise.all([start(), start()])
}, 30_000)

afterAll(async () => {
  await Promise.all(clusters.flat().map(async server => { await server.stop() }))
  await redis.stop()
})

/** One request of WeCom at a random process of these; tried again, perhaps elsewhere, while a process is down. */
async function ask (message: object, servers: ClusterServer[]): Promise<Frame | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    const { url } = servers[Math.floor(Math.random() * servers.length)] as ClusterServer
    if (url === undefined) { await sleep(20); continue }
    const asked = performance.now()
    const reply = await wecomClient({ credentials, url }).send(message).catch(() => undefined)
    if (reply?.status === 200) {
      const shown = reply.message?.stream as { id: string, content: string, finish: boolean } | undefined
      return shown === undefined ? undefined : { asked, at: performance.now(), ...shown }
    }
    await sleep(50)
  }
  throw new Error('no process answers')
}

function messageOf (msgid: string, spoken: Spoken): object {
  // No response_url: what is not shown has no other way.
  return { ...sample('aibot.text'), msgid, from: { userid: msgid }, text: { content: JSON.stringify(spoken) }, response_url: undefined }
}

function pollOf (msgid: string, id: string): object {
  const { aibotid, chatid, chattype } = sample('aibot.text')
  return { msgid: randomUUID(), aibotid, chatid, chattype, from: { userid: msgid }, msgtype: 'stream', stream: { id } }
}

/** Polls at random processes until the end. */
async function follow (msgid: string, first: Frame, servers: ClusterServer[]): Promise<Frame[]> {
  const frames = [first]
  const until = performance.now() + 60_000
  for (let shown = first; !shown.finish;) {
    if (performance.now() > until) throw new Error('the stream never ends')
    await sleep(EVERY * (0.5 + Math.random()))
    const frame = await ask(pollOf(msgid, first.id), servers)
    if (frame === undefined) continue
    frames.push(frame)
    shown = frame
  }
  return frames
}

// Side by side: the second mostly waits.
test.concurrent(`${STREAMS} streams at once over ${SERVERS} processes, polled at random ones, one of them killed: each grows, and ends once`, { timeout: 120_000 }, async () => {
  const servers = clusters[0] as ClusterServer[]
  const told = Array.from({ length: STREAMS }, (_, n) => {
    const pieces = Array.from({ length: 40 + n % 30 }, (_, at) => `${n}.${at} 说😀。`)
    return { msgid: `m${n}-${randomUUID()}`, spoken: { pieces, pause: 60 + n % 50 } }
  })
  const following = told.map(async ({ msgid, spoken }) => {
    await sleep(Math.random() * 500)
    const first = await ask(messageOf(msgid, spoken), servers) as Frame
    return await follow(msgid, first, servers)
  })
  await sleep(2_500)
  const victim = servers[1] as ClusterServer
  const dead = victim.boot
  await victim.kill()
  const killedAt = performance.now()
  await sleep(1_000)
  await victim.start()
  const all = await Promise.all(following)

  let lost = 0
  let slowest = 0
  for (const [n, frames] of all.entries()) {
    const { msgid, spoken } = told[n] as typeof told[number]
    const whole = spoken.pieces.join('')
    const boots = await client.lrange(`asked:${msgid}`, 0, -1)
    const shown = frames.map(({ content }) => content)
    for (const [at, content] of shown.entries()) expect(content.startsWith(shown[at - 1] ?? '')).toBe(true)
    expect(new Set(frames.map(({ id }) => id)).size).toBe(1)
    const last = frames.at(-1) as Frame
    if (boots.includes(dead) && last.content !== whole) {
      lost++
      expect(last.content).toMatch(/（断了）$/)
      expect(whole.startsWith(last.content.replace(/(\n\n)?（断了）$/, ''))).toBe(true)
      slowest = Math.max(slowest, last.at - killedAt)
      // The first to ask after the lease doubts; who asks a third of the lease later has the end.
      const doubt = frames.find(({ asked }) => asked >= killedAt + LEASE)
      const next = frames.find(({ asked }) => asked >= (doubt?.at ?? Infinity) + LEASE / 3)
      expect(next === undefined ? last.finish : next.finish).toBe(true)
    } else {
      expect(last.content).toBe(whole)
    }
    // The end stays what it is, at every process.
    for (const server of servers) expect(await ask(pollOf(msgid, last.id), [server])).toMatchObject({ content: last.content, finish: true })
  }
  console.log(`${STREAMS} streams, ${all.flat().length} frames; ${lost} lost their producer, the last of them ended ${Math.round(slowest)} ms after its death`)
  expect(lost).toBeGreaterThan(10)
})

test.concurrent('four copies of a first message, at once and at 5, 10 and 15 s, over processes: one call of the model, one stream', { timeout: 60_000 }, async () => {
  const servers = clusters[1] as ClusterServer[]
  await Promise.all([0, 7_000].map(async thinks => {
    const msgid = randomUUID()
    const spoken = { pieces: Array.from({ length: 100 }, (_, n) => `${n}，`), pause: 100, thinks }
    const copies = await Promise.all([0, 1, 5_000, 10_000, 15_000].map(async (after, n) => {
      await sleep(after)
      return await ask(messageOf(msgid, spoken), [servers[n % SERVERS] as ClusterServer])
    }))
    expect(new Set(copies.map(copy => copy?.id)).size).toBe(1)
    expect(await client.llen(`asked:${msgid}`)).toBe(1)
    expect((await follow(msgid, copies.at(-1) as Frame, servers)).at(-1)?.content).toBe(spoken.pieces.join(''))
  }))
})
