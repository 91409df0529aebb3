import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { memoryStore, text, type AttemptStore } from '../../src/index.js'
import { createWecomListener } from '../../src/node/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { post, replyOf, textMessage } from './wecom.js'

const settings = newSettings()

test.each(['/plain /wrapped', '/wrapped /plain'])('a message is handled once where a listener wraps the memory store of another: %s', async paths => {
  const memory = memoryStore()
  const wrapped: AttemptStore = { attach: (key, options) => memory.attach(key, options) }
  let handled = 0
  const listenerOf = (store: AttemptStore) => createWecomListener({
    credentials: settings, store, scope: 'one', handler: () => { handled++; return text('yes') }
  })
  const [first, second] = [listenerOf(memory), listenerOf(wrapped)]
  const server = createServer((request, response) => {
    (request.url?.startsWith('/plain') === true ? first : second)(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { query, body } = signMessage(settings, textMessage('1'))
  for (const path of paths.split(' ')) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    expect(replyOf(settings, await post(url, query, body))).toContain('yes')
  }
  server.closeAllConnections()
  server.close()
  expect(handled).toBe(1)
})
