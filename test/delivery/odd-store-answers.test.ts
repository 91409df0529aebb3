import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { memoryStore, text, type Attempt, type AttemptStore } from '../../src/index.js'
import { createWecomListener } from '../../src/node/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { post, replyOf, textMessage } from './wecom.js'

const settings = newSettings()

/** Its attempts are given as they are, after `change`. */
function storeWith (change: (attempt: Attempt) => Attempt): AttemptStore {
  const memory = memoryStore()
  return { attach: async (key, options) => change(await memory.attach(key, options)) }
}

function syncStoreWith (change: (attempt: Attempt) => Attempt): AttemptStore {
  const memory = memoryStore()
  return { attach: (key, options) => change(memory.attach(key, options) as Attempt) }
}

async function ask (store: AttemptStore): Promise<{ reply: string, warnings: (string | undefined)[] }> {
  const warnings: (string | undefined)[] = []
  const logger = { info () {}, warn (_details: object, line?: string) { warnings.push(line) }, error () {} }
  const listener = createWecomListener({ credentials: settings, store, logger, handler: () => text('yes') })
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    await listener.close()
    server.closeAllConnections()
    server.close()
  })
  await new Promise(resolve => server.once('listening', resolve))
  const { query, body } = signMessage(settings, textMessage('1'))
  const answer = await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, query, body)
  expect(answer.status).toBe(200)
  return { reply: replyOf(settings, answer), warnings }
}

test.each([
  ['at once', syncStoreWith], ['later', storeWith]
])('an attempt given %s with a `then` that is no function is an attempt', async (_when, make) => {
  expect((await ask(make(attempt => Object.assign(attempt, { then: undefined })))).reply).toContain('yes')
})

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['a text', 'done'],
  ['a promise of nothing', Promise.resolve()],
  ['an object that is no outcome', {}]
])('a store that gives %s for a settlement has not accepted it: the reply goes out, and a warning says so', async (_what, given) => {
  const change = (attempt: Attempt): Attempt => {
    const { run } = attempt
    return run === undefined ? attempt : { ...attempt, run: { ...run, settle: () => given as never } }
  }
  for (const make of [storeWith, syncStoreWith]) {
    const { reply, warnings } = await ask(make(change))
    expect(reply).toContain('yes')
    expect(warnings).toEqual(['the store did not accept the answer: a repeated message may be handled again'])
  }
})

test('a settlement whose `then` throws is one that the store did not accept', async () => {
  const outcome = { get then () { throw new Error('no') } } as never
  const { reply, warnings } = await ask(storeWith(attempt => {
    const { run } = attempt
    return run === undefined ? attempt : { ...attempt, run: { ...run, settle: () => outcome } }
  }))
  expect(reply).toContain('yes')
  expect(warnings).toEqual(['the store did not accept the answer: a repeated message may be handled again'])
})
