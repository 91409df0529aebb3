import { expect, onTestFinished, test, vi } from 'vitest'
import { WecomApiError, type WecomApi } from '../../../src/api/index.js'
import { createRouter } from '../../../src/index.js'
import { sample } from '../../../src/testing/index.js'
import { openBot } from './bot.js'

function welcomes (api: WecomApi, greeting: (userId: string) => string, save: (customer: string) => Promise<void>) {
  return createRouter().on('event.change_external_contact.add_external_contact', async ({ WelcomeCode, UserID, ExternalUserID }) => {
    // Absent if the console has a welcome text for this member.
    if (WelcomeCode !== undefined) {
      await api.call('externalcontact/send_welcome_msg', {
        welcome_code: WelcomeCode,
        text: { content: greeting(UserID) }
      }, { signal: AbortSignal.timeout(15_000) }).catch((error: unknown) => {
        // Another app was faster, or the customer has started to chat.
        if (!(error instanceof WecomApiError && error.errcode === 41051)) throw error
      })
    }
    // After the welcome, whose code lives 20 seconds.
    await save(ExternalUserID)
  })
}

const event = (WelcomeCode: string | undefined): object => sample('event.change_external_contact.add_external_contact', { WelcomeCode, UserID: 'zhangsan' } as object)

test('a new customer is welcomed once, however often WeCom sends the event', async () => {
  const { fake, api, start } = await openBot()
  const save = vi.fn(async () => {})
  const client = await start({ handler: welcomes(api, userId => `我是 ${userId}`, save) })
  const message = event(fake.newWelcomeCode())
  for (let sent = 0; sent < 3; sent++) await client.send(message)
  await vi.waitFor(() => { expect(save).toHaveBeenCalledTimes(1) }, 5_000)
  expect(fake.callsOf('externalcontact/send_welcome_msg')).toMatchObject([{ errcode: 0, body: { text: { content: '我是 zhangsan' } } }])
})

test('without a code nothing is sent, and a code that somebody else used is no failure', async () => {
  const { fake, api, start } = await openBot()
  const save = vi.fn(async () => {})
  const client = await start({ handler: welcomes(api, () => 'hi', save) })
  expect(await client.send(event(undefined))).toMatchObject({ status: 200 })
  expect(fake.calls).toEqual([])
  const code = fake.newWelcomeCode()
  await api.call('externalcontact/send_welcome_msg', { welcome_code: code, text: { content: 'first' } })
  expect(await client.send(event(code))).toMatchObject({ status: 200 })
  expect(save).toHaveBeenCalledTimes(2)
})

test('a code is over after its time, so the welcome comes before slow work', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => { vi.useRealTimers() })
  const { fake, api, start } = await openBot({ welcomeLifetime: 300 })
  const slow = async (): Promise<void> => { vi.advanceTimersByTime(600) }
  const client = await start({ handler: welcomes(api, () => 'hi', slow), deadline: 100 })
  await client.send(event(fake.newWelcomeCode()))
  await vi.waitFor(() => { expect(fake.callsOf('externalcontact/send_welcome_msg')).toMatchObject([{ errcode: 0 }]) }, 5_000)
  const late = fake.newWelcomeCode()
  vi.advanceTimersByTime(350)
  await expect(api.call('externalcontact/send_welcome_msg', { welcome_code: late, text: { content: 'x' } })).rejects.toMatchObject({ path: 'externalcontact/send_welcome_msg' })
})
