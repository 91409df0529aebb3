import { expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listen } from '../support/server.js'
import { post, textMessage } from '../delivery/wecom.js'

const settings = newSettings()

test('a copy of request.wecom, as a job for a queue is made, holds the key of the message', async () => {
  const copies: unknown[] = []
  const server = await listen({
    credentials: settings,
    reply: async context => { copies.push({ ...context }); return text('yes') }
  })
  const { query, body } = signMessage(settings, textMessage('1'))
  await post(`http://127.0.0.1:${server.port}/wecom`, query, body)
  await server.close()
  expect(copies).toEqual([expect.objectContaining({ key: expect.stringMatching(/^[\w-]{43}$/) })])
})
