import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { memoryStore, text, type AttemptStore } from '../../src/index.js'
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
    expect(complaints(server.log).map(({ msg, err }) => [msg, (err as Error).message])).toEqual(Array(2).fill(['the store does not answer: going on without it, so another process may handle this message again', 'connection refused']))
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
    const slow: AttemptStore = { attach: async (...parameters) => { await sleep(1_200); return await inner.attach(...parameters) } }
    const { server, send } = await serve(slow)
    expect(replyOf(settings, await send('1'))).toContain('yes')
    await sleep(500)
    const again = await inner.attach([...server.log].map(({ key }) => key).find(key => key !== undefined) as string, { keepUntil: 0, warn: () => {} })
    expect(again).toBeDefined()
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
    expect(complaints(server.log).map(({ msg }) => msg)).toEqual(['the store does not take the answer: a repeat of this message may be handled again'])
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
