import { expect, test, vi } from 'vitest'
import { createWecomApi, type WecomApi } from '../../../src/api/index.js'
import { createRouter } from '../../../src/index.js'
import { sample } from '../../../src/testing/index.js'
import { keptValues, openBot } from './bot.js'

interface Suite { suiteId: string, suiteSecret: string }
interface Kept { get (name: string): Promise<string | undefined>, set (name: string, value: string): Promise<void> }
interface Authorised { permanent_code: string, auth_corp_info: { corpid: string } }

function suiteCommands (api: WecomApi, { suiteId, suiteSecret }: Suite, kept: Kept) {
  return createRouter()
    // Comes every ten minutes and is good for thirty. Keep it where all machines find it.
    .on('info.suite_ticket', async ({ SuiteTicket }) => { await kept.set('ticket', SuiteTicket) })
    // WeCom gets its answer within a second. The AuthCode lives ten minutes and works once.
    .on('info.create_auth', async ({ AuthCode }) => {
      const { suite_access_token: token } = await api.call<{ suite_access_token: string }>('service/get_suite_token', {
        suite_id: suiteId, suite_secret: suiteSecret, suite_ticket: await kept.get('ticket')
      })
      const { permanent_code: code, auth_corp_info: corp } = await api.call<Authorised>(
        'service/get_permanent_code', { auth_code: AuthCode }, { query: { suite_access_token: token } }
      )
      await kept.set(`code:${corp.corpid}`, code)
    })
}

test('the ticket is kept, and an authorisation becomes a permanent code', async () => {
  const { fake, start } = await openBot()
  const kept = keptValues()
  const api = createWecomApi({ baseUrl: fake.settings.baseUrl })
  const client = await start({ handler: suiteCommands(api, fake.suite, kept) }, fake.suite.suiteId)
  const { suiteId: SuiteId } = fake.suite
  expect(await client.send(sample('info.suite_ticket', { SuiteId, SuiteTicket: fake.newSuiteTicket() }))).toMatchObject({ answer: 'success' })
  const newest = fake.newSuiteTicket()
  await client.send(sample('info.suite_ticket', { SuiteId, SuiteTicket: newest }))
  expect(kept.all.get('ticket')).toBe(newest)

  const created = sample('info.create_auth', { SuiteId, AuthCode: fake.newAuthCode('wwcustomer') })
  expect(await client.send(created)).toMatchObject({ answer: 'success' })
  expect(await client.send(created)).toMatchObject({ answer: 'success' })
  await vi.waitFor(() => { expect(kept.all.get('code:wwcustomer')).toBe('permanent-wwcustomer') }, 5_000)
  expect(fake.callsOf('service/get_permanent_code')).toHaveLength(1)
})

test('WeCom has its answer within a second though its API is slow', async () => {
  const { fake, start } = await openBot({ slowBy: 3_000 })
  const kept = keptValues()
  await kept.set('ticket', fake.newSuiteTicket())
  fake.fault('service/get_suite_token', 'slow')
  const client = await start({ handler: suiteCommands(createWecomApi({ baseUrl: fake.settings.baseUrl }), fake.suite, kept) }, fake.suite.suiteId)
  const reply = await client.send(sample('info.create_auth', { SuiteId: fake.suite.suiteId, AuthCode: fake.newAuthCode('wwcustomer') }), { timeout: 10_000 })
  expect(reply).toMatchObject({ answer: 'success' })
  // After 900 ms, and what a busy machine adds: not when its API has answered.
  expect(reply.ms).toBeLessThan(2_500)
  expect(kept.all.has('code:wwcustomer')).toBe(false)
  await vi.waitFor(() => { expect(kept.all.get('code:wwcustomer')).toBe('permanent-wwcustomer') }, 8_000)
})
