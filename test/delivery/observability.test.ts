import { channel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { counters, memoryStore, text } from '../../src/index.js'
import { newSettings, signEcho, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { post, textMessage } from './wecom.js'

const settings = newSettings()

async function exchange () {
  const server = await listenForTest({ credentials: settings, store: memoryStore(), reply: () => text('yes') })
  const url = `http://127.0.0.1:${server.port}/wecom`
  await fetch(`${url}?${new URLSearchParams(signEcho(settings, 'x')).toString()}`)
  for (const content of ['a secret', 'a secret']) {
    const { query, body } = signMessage(settings, textMessage('1', content))
    await post(url, query, body)
  }
  await post(url, {}, 'x')
  return server
}

test('one line a request: kind, key, attempt, outcome and time; nothing of the text', async () => {
  const { log } = await exchange()
  const lines = log.filter(({ msg }) => msg === 'WeCom message')
  expect(lines.map(({ kind, key, attempt, outcome, ms }) => [kind, typeof key === 'string' && key.length, attempt, outcome, typeof ms])).toEqual([
    ['text', 8, 1, 'answered', 'number'], ['text', 8, 2, 'answered', 'number']
  ])
  const all = JSON.stringify(log)
  for (const secret of ['a secret', settings.token, settings.encodingAESKey]) expect(all).not.toContain(secret)
})

test('counters tell what happened', async () => {
  const before = counters()
  await exchange()
  const after = counters()
  const difference = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name as keyof typeof before]]).filter(([, value]) => value !== 0))
  expect(difference).toEqual({ verified: 1, handled: 1, answered: 2, repeated: 1, refused: 1 })
})

test('tracing channels of verify, decrypt and handle publish start and end', async () => {
  const events: string[] = []
  const published: string[] = []
  for (const step of ['verify', 'decrypt', 'handle']) {
    for (const moment of ['start', 'asyncEnd', 'error']) {
      const listener = (message: unknown) => {
        events.push(`${step} ${moment}`)
        published.push(inspect(message, { depth: 10 }))
      }
      const subscribed = channel(`tracing:fastify-wecom.${step}:${moment}`)
      subscribed.subscribe(listener)
      onTestFinished(() => { subscribed.unsubscribe(listener) })
    }
  }
  const server = await listenForTest({ credentials: settings, store: memoryStore(), reply: () => text('yes') })
  const { query, body } = signMessage(settings, textMessage('1'))
  await post(`http://127.0.0.1:${server.port}/wecom`, query, body)
  expect(events).toEqual(['verify start', 'verify asyncEnd', 'decrypt start', 'decrypt asyncEnd', 'handle start', 'handle asyncEnd'])
  for (const secret of [settings.token, Buffer.from(settings.encodingAESKey, 'base64').toString('hex').match(/../g)?.slice(0, 8).join(' ') ?? '', 'hi', 'yes', 'Content']) expect(published.join()).not.toContain(secret)
  events.length = 0
  await post(`http://127.0.0.1:${server.port}/wecom`, { ...query, msg_signature: 'x' }, body)
  expect(events).toEqual(['verify start', 'verify error', 'verify asyncEnd'])
  const failing = await listenForTest({ credentials: settings, reply: () => { throw new Error('boom') } })
  events.length = 0
  await post(`http://127.0.0.1:${failing.port}/wecom`, query, body)
  expect(events.slice(-3)).toEqual(['handle start', 'handle error', 'handle asyncEnd'])
})
