import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { memoryStore, text, type AttemptStore, type Settlement } from '../../src/index.js'
import { gate } from '../support/gate.js'
import { newSettings, signMessage } from '../support/requests.js'
import { complaints, listenForTest, type ServerOptions } from '../support/server.js'
import { post, replyOf, textMessage } from './wecom.js'

const settings = newSettings()

async function serve (store: AttemptStore, options: Partial<ServerOptions> = {}) {
  const server = await listenForTest({ credentials: settings, store, reply: async () => { await sleep(20); return text('yes') }, ...options })
  const send = async (id: string) => {
    const { query, body } = signMessage(settings, textMessage(id))
    return await post(`http://127.0.0.1:${server.port}/wecom`, query, body)
  }
  return { server, send }
}

const down: AttemptStore = { attach: async () => await Promise.reject(new Error('connection refused')) }

describe('a store that fails', () => {
  test('is gone on without: once holds within the process, and the log says so', async () => {
    const { server, send } = await serve(down)
    const results = await Promise.all([send('1'), send('1')])
    for (const result of results) expect(replyOf(settings, result)).toContain('yes')
    expect(server.seen).toHaveLength(1)
    expect(complaints(server.log).map(({ msg, err }) => [msg, (err as Error).message])).toEqual([['the store does not answer: going on without it, so another process may handle messages again', 'connection refused']])
  })

  test.each([
    ['by the option', down, { onStoreError: 'refuse' as const }],
    ['by the store itself', { ...down, onStoreError: 'refuse' as const }, {}]
  ])('refuses with 503 where that is asked for %s', async (_how, store, options) => {
    const { server, send } = await serve(store, options)
    expect((await send('1')).status).toBe(503)
    expect(server.seen).toHaveLength(0)
    expect(complaints(server.log).map(({ code }) => code)).toEqual(['WECOM_STORE_UNAVAILABLE'])
  })

  test('that hangs is given a second, and a run it starts late is settled for it', async () => {
    const inner = memoryStore()
    let key = ''
    const slow: AttemptStore = { attach: async (...parameters) => { key = parameters[0]; await sleep(1_200); return await inner.attach(...parameters) } }
    const { server, send } = await serve(slow)
    expect(replyOf(settings, await send('1'))).toContain('yes')
    await sleep(500)
    const late = await inner.attach(key, { keepUntil: Date.now() + 1_000, warn: () => {} })
    expect([late.run, await late.outcome]).toEqual([undefined, { state: 'done', reply: expect.stringContaining('yes') as string }])
    expect(server.seen).toHaveLength(1)
  })

  test('while it takes the answer: the reply goes out all the same', async () => {
    const inner = memoryStore()
    const forgetful: AttemptStore = {
      attach: async (...parameters) => {
        const attempt = await inner.attach(...parameters)
        return { ...attempt, run: attempt.run && { ...attempt.run, settle: async () => await Promise.reject(new Error('gone')) } }
      }
    }
    const { server, send } = await serve(forgetful)
    expect(replyOf(settings, await send('1'))).toContain('yes')
    expect(complaints(server.log).map(({ msg }) => msg)).toEqual(['the store did not accept the answer: a repeated message may be handled again'])
  })
})

test('a run that is lost is begun again by the attempt that waits for it', async () => {
  const inner = memoryStore()
  let lost = true
  const store: AttemptStore = {
    attach: async (key, options) => {
      if (!lost) return await inner.attach(key, options)
      lost = false
      return { number: 1, run: undefined, outcome: Promise.resolve({ state: 'lost' }), acknowledge: async () => ({ state: 'lost' }), detach: () => {} }
    }
  }
  const { server, send } = await serve(store)
  expect(replyOf(settings, await send('1'))).toContain('yes')
  expect(server.seen).toHaveLength(1)
})

/** Works until it is broken, and again once it is mended. */
function breakable (): AttemptStore & { broken: boolean } {
  const inner = memoryStore()
  const store = {
    broken: false,
    async attach (...parameters: Parameters<AttemptStore['attach']>) {
      const check = async () => { if (store.broken) return await Promise.reject(Object.assign(new Error('gone'), { command: { args: ['a reply in clear'] } })) }
      await check()
      const attempt = await inner.attach(...parameters)
      const { run } = attempt
      return {
        ...attempt,
        acknowledge: async () => { await check(); return await attempt.acknowledge() },
        run: run && { ...run, settle: async (settlement: Settlement) => { await check(); return await run.settle(settlement) } }
      }
    }
  }
  return store
}

describe('a store that breaks in the middle', () => {
  test.each(['reply', 'error'])('does not cost the late %s of a message that was acknowledged', async what => {
    const late: unknown[] = []
    const end = gate()
    const store = breakable()
    const { server, send } = await serve(store, {
      deadline: 100,
      onLateReply: reply => { late.push(reply) },
      onLateError: error => { late.push((error as Error).message) },
      reply: async () => { await end.opened; if (what === 'error') throw new Error('boom'); return text('late') }
    })
    expect((await send('1')).body).toBe('')
    store.broken = true
    end.open()
    await expect.poll(() => late).toEqual([what === 'error' ? 'boom' : { MsgType: 'text', Content: 'late' }])
    expect(JSON.stringify(server.log)).not.toContain('a reply in clear')
  })

  test.each([[false, true], [true, false]])('leaves the run of this process the only one (broken at first: %s, then: %s)', async (first, then) => {
    const store = breakable()
    store.broken = first
    const { server, send, settings: own } = { ...await serve(store, { reply: async () => { await sleep(200); return text('yes') } }), settings }
    const pending = send('1')
    await sleep(50)
    store.broken = then
    for (const result of [await send('1'), await pending]) expect(replyOf(own, result)).toContain('yes')
    expect(server.seen).toHaveLength(1)
  })
})

describe('a store that hangs', () => {
  const hanging: AttemptStore = { attach: async () => await new Promise(() => {}) }

  test('does not cost the deadline of a message that WeCom gives a second', async () => {
    const server = await listenForTest({ credentials: settings, store: hanging, reply: async () => { await sleep(4_000); return undefined } })
    const { query, body } = signMessage(settings, '<xml><SuiteId>s</SuiteId><AuthCode>c</AuthCode><InfoType>create_auth</InfoType><TimeStamp>1</TimeStamp></xml>')
    const result = await post(`http://127.0.0.1:${server.port}/wecom`, query, body)
    expect([result.status, result.body]).toEqual([200, 'success'])
    // After 900 ms. Counted from when the store was given up, which takes a second, it would be 1 900.
    expect(result.ms).toBeLessThan(1_800)
  })

  test('starts no handler once the server closes', async () => {
    const { server, send } = await serve(hanging, { closeGrace: 100 })
    const pending = send('1').catch(() => undefined)
    await sleep(100)
    const startedAt = Date.now()
    await server.close()
    expect(Date.now() - startedAt).toBeLessThan(2_500)
    await pending
    await sleep(100)
    expect(server.seen).toHaveLength(0)
  })
})

test('a store that throws at once is one that fails', async () => {
  const { server, send } = await serve({ attach: () => { throw new Error('internal detail') } }, { onStoreError: 'refuse' })
  const result = await send('1')
  expect([result.status, result.body]).toEqual([503, 'Service Unavailable'])
  expect(server.seen).toHaveLength(0)
})

test('a store that loses every run is given up after a while, without blocking the process', async () => {
  const lossy: AttemptStore = { attach: async () => ({ number: 1, run: undefined, outcome: Promise.resolve({ state: 'lost' }), acknowledge: async () => ({ state: 'lost' }), detach: () => {} }) }
  const { server, send } = await serve(lossy)
  expect(replyOf(settings, await send('1'))).toContain('yes')
  expect(server.seen).toHaveLength(1)
})
