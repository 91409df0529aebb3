import { expect, test } from 'vitest'
import type { WecomApi } from '../../../src/api/index.js'
import { createRouter } from '../../../src/index.js'
import { sample } from '../../../src/testing/index.js'
import { keptValues, openBot } from './bot.js'

interface Kept { get (name: string): Promise<string | undefined>, set (name: string, value: string): Promise<void> }

function approvals (api: WecomApi, agentid: number, codes: Kept) {
  // Each click brings its own code, which works once and within 72 hours.
  const router = createRouter().on('event.template_card_event', async ({ TaskId, ResponseCode }) => {
    await codes.set(TaskId, ResponseCode)
  })

  /** Call it hours later, wherever the decision is made. */
  async function decided (taskId: string, words: string): Promise<void> {
    await api.call('message/update_template_card', {
      atall: 1, agentid, response_code: await codes.get(taskId), button: { replace_name: words }
    })
  }

  return { router, decided }
}

test('a card is updated after the fact, with the code of the click', async () => {
  const { fake, api, start } = await openBot()
  const { router, decided } = approvals(api, fake.settings.agentId, keptValues())
  const client = await start({ handler: router })
  const ResponseCode = fake.newResponseCode()
  expect(await client.send(sample('event.template_card_event', { TaskId: 'leave-7', ResponseCode }))).toMatchObject({ answer: 'empty' })
  await decided('leave-7', '已批准')
  expect(fake.callsOf('message/update_template_card')).toMatchObject([{ errcode: 0, body: { atall: 1, button: { replace_name: '已批准' } } }])
  await expect(decided('leave-7', '再来')).rejects.toMatchObject({ path: 'message/update_template_card' })
})

test('a card that was sent can be updated without a click', async () => {
  const { fake, api } = await openBot()
  const codes = keptValues()
  const { response_code: code = '' } = await api.send({
    msgtype: 'template_card',
    template_card: { card_type: 'button_interaction', task_id: 'leave-8', main_title: { title: '请假' }, button_list: [{ text: '同意', key: 'yes' }] }
  }, { sender: 'zhangsan' })
  await codes.set('leave-8', code)
  await approvals(api, fake.settings.agentId, codes).decided('leave-8', '已撤回')
  expect(fake.callsOf('message/update_template_card')).toMatchObject([{ errcode: 0 }])
})
