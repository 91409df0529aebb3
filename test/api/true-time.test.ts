import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createWecomApi } from '../../src/api/index.js'
import { memoryStore, text } from '../../src/index.js'
import { deliverLikeWecom, replyOf, textMessage } from '../delivery/wecom.js'
import { newSettings } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { openFake } from './open.js'

test('a handler of 22 seconds: WeCom has its empty answer in time, though it asks four times, and the reply is sent exactly once', async () => {
  const fake = await openFake()
  const settings = newSettings(fake.settings.corpId)
  const handled = vi.fn(async () => { await wait(22_000); return text('done after 22 s') })
  const { onLateReply } = createWecomApi(fake.settings)
  const { port } = await listenForTest({ credentials: settings, store: memoryStore(), reply: handled, onLateReply })
  const url = `http://127.0.0.1:${port}/wecom`
  const attempts = await deliverLikeWecom(url, settings, textMessage('22'))
  // As if the answer had been lost on its way: WeCom's three retries.
  for (let retry = 1; retry <= 3; retry++) attempts.push(...await deliverLikeWecom(url, settings, textMessage('22'), { retries: 0 }))
  expect(attempts.map(attempt => replyOf(settings, attempt))).toEqual(['', '', '', ''])
  for (const { ms } of attempts) expect(ms).toBeLessThan(5_000)
  await vi.waitFor(() => { expect(fake.sent).toHaveLength(1) }, 25_000)
  await wait(1_000)
  expect(handled).toHaveBeenCalledTimes(1)
  expect(fake.sent).toEqual([{ touser: 'zhangsan', agentid: fake.settings.agentId, msgtype: 'text', text: { content: 'done after 22 s' } }])
}, 40_000)
