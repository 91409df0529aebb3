import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { WecomApi } from '../../../src/api/index.js'
import { createRouter, text } from '../../../src/index.js'
import { sample } from '../../../src/testing/index.js'
import { openBot } from './bot.js'

function lateReplies (api: WecomApi, answer: (question: string) => Promise<string>) {
  const router = createRouter().on('text', async ({ Content }) => text(await answer(Content)))
  // In time, the reply is passive; later, message/send delivers it.
  return { handler: router, onLateReply: api.onLateReply }
}

test('a reply in time is passive, a late one is sent once', async () => {
  const { fake, api, start } = await openBot()
  const answer = async (question: string): Promise<string> => {
    if (question === 'slow') await wait(400)
    return `answer to ${question}`
  }
  const client = await start({ ...lateReplies(api, answer), deadline: 100 })
  expect(await client.send(sample('text', { Content: 'fast' }))).toMatchObject({ text: 'answer to fast' })
  expect(fake.calls).toEqual([])

  const slow = sample('text', { Content: 'slow', FromUserName: 'lisi' })
  const replies = await Promise.all([client.send(slow), client.send(slow), client.send(slow)])
  expect(replies.map(({ answer }) => answer)).toEqual(['empty', 'empty', 'empty'])
  await vi.waitFor(() => { expect(fake.sent).toHaveLength(1) }, 5_000)
  await wait(300)
  expect(fake.sent).toEqual([{ touser: 'lisi', agentid: fake.settings.agentId, msgtype: 'text', text: { content: 'answer to slow' } }])
})

test('WeCom that tries again while the handler runs gets nothing twice', async () => {
  const { fake, api, start } = await openBot()
  const handled = vi.fn(async () => { await wait(600); return 'done' })
  const client = await start({ ...lateReplies(api, handled), deadline: 100 })
  const message = sample('text')
  // As where the first answer got lost.
  await client.send(message)
  await client.send(message)
  await vi.waitFor(() => { expect(fake.sent).toHaveLength(1) }, 5_000)
  await wait(200)
  expect(handled).toHaveBeenCalledTimes(1)
  expect(fake.sent).toHaveLength(1)
})
