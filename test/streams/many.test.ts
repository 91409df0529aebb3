import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import wecom, { memoryStreams, stream } from '../../src/index.js'
import { newCredentials, sample, wecomClient } from '../../src/testing/index.js'
import { heldHeap } from '../support/heap.js'

const STREAMS = Number(process.env.STREAMS ?? 2_000)
const AT_ONCE = 50

/** Timers and the like that keep the process alive, or would. */
function timers (): number {
  return process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'Immediate').length
}

test(`${STREAMS} streams one after the other: the heap stays flat, and nothing is left in the store or in timers`, { timeout: 1_200_000 }, async () => {
  const credentials = newCredentials('')
  const streams = memoryStreams({ maxStreams: 500 })
  const app = Fastify()
  let ended = 0
  await app.register(wecom, {
    path: '/wecom',
    credentials,
    // Only streams are looked at.
    store: false,
    streams,
    handler: () => stream((async function * () { await sleep(1); yield '好'; yield '的'.repeat(100) })(), { onEnd: () => { ended++ } })
  })
  await app.ready()
  const before = timers()
  const client = wecomClient({ credentials, app, path: '/wecom' })
  const { response_url: _url, ...message } = sample('aibot.text') as unknown as Record<string, unknown>

  async function one (n: number): Promise<void> {
    const first = await client.send({ ...message, msgid: `m${n}` })
    const { id } = first.message?.stream as { id: string }
    for (let finish = false; !finish;) {
      await sleep(2)
      const reply = await client.send({ ...message, text: undefined, msgid: `p${n}-${Math.random()}`, msgtype: 'stream', stream: { id } })
      finish = (reply.message?.stream as { finish: boolean }).finish
    }
  }

  async function some (from: number, to: number): Promise<void> {
    let next = from
    await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (next < to) await one(next++) }))
  }

  await some(0, STREAMS / 4)
  const early = heldHeap()
  await some(STREAMS / 4, STREAMS)
  const late = heldHeap()
  await expect.poll(() => ended).toBe(STREAMS)
  console.log(`heap ${(early / 2 ** 20).toFixed(1)} MiB after ${STREAMS / 4} streams, ${(late / 2 ** 20).toFixed(1)} after ${STREAMS}`)
  expect(late - early).toBeLessThan(8 * 2 ** 20)
  // By itself: nothing is closed yet.
  // The client's own go with their five seconds.
  await expect.poll(timers, { timeout: 10_000, interval: 200 }).toBeLessThanOrEqual(before)
  await app.close()
})
