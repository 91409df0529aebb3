import { expect, test } from 'vitest'
import { memoryStore, text } from '../../src/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listen } from '../support/server.js'
import { post, textMessage } from './wecom.js'

const settings = newSettings()

test('a message that is refused with 503 at shutdown, so that WeCom sends it again, is not told to onLateError', async () => {
  const late: unknown[] = []
  const server = await listen({
    credentials: settings,
    store: memoryStore(),
    closeGrace: 200,
    onLateError: error => { late.push(error) },
    reply: async () => { await new Promise(() => {}); return text('never') }
  })
  const { query, body } = signMessage(settings, textMessage('1'))
  const pending = post(`http://127.0.0.1:${server.port}/wecom`, query, body)
  await expect.poll(() => server.seen.length).toBe(1)
  await server.close()
  expect((await pending).status).toBe(503)
  expect(late).toEqual([])
})
