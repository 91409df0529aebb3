import { expect, onTestFinished, test, vi } from 'vitest'
import { createWecomApi } from '../../src/api/index.js'
import { text } from '../../src/index.js'
import { openApi, openFake } from './open.js'

const to = { sender: 'zhangsan' }

test('fifty callers at a cold start ask for one token', async () => {
  const { fake, api } = await openApi()
  await Promise.all(Array.from({ length: 50 }, async () => await api.send(text('hi'), to)))
  expect(fake.callsOf('gettoken')).toHaveLength(1)
  expect(fake.sent).toHaveLength(50)
})

test('a token is kept between two calls and renewed before its end', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => { vi.useRealTimers() })
  const { fake, api } = await openApi({}, { tokenLifetime: 1_000 })
  await api.send(text('1'), to)
  await api.send(text('2'), to)
  expect(fake.callsOf('gettoken')).toHaveLength(1)
  // Before its end WeCom gives the same token once more.
  vi.advanceTimersByTime(950)
  await api.send(text('3'), to)
  expect(fake.callsOf('gettoken')).toHaveLength(2)
  expect(fake.callsOf('message/send').map(({ errcode }) => errcode)).toEqual([0, 0, 0])
})

test('fifty callers whose token WeCom has ended ask for one more, and each message arrives once', async () => {
  const { fake, api } = await openApi()
  await api.send(text('first'), to)
  fake.expireTokens()
  await Promise.all(Array.from({ length: 50 }, async (_, index) => await api.send(text(String(index)), to)))
  expect(fake.callsOf('gettoken')).toHaveLength(2)
  expect(new Set(fake.sent.map(({ text }) => (text as { content: string }).content)).size).toBe(51)
  expect(fake.sent).toHaveLength(51)
})

test.each([40001, 40014, 42001])('after %i the token is renewed once, and not again', async errcode => {
  const { fake, api } = await openApi()
  fake.answer('user/get', { errcode, errmsg: 'no' })
  await expect(api.call('user/get')).rejects.toMatchObject({ errcode, path: 'user/get' })
  expect(fake.callsOf('user/get')).toHaveLength(2)
  expect(fake.callsOf('gettoken')).toHaveLength(2)
})

test('a wrong secret is told once for all callers, with its cure and without the secret', async () => {
  const fake = await openFake()
  const api = createWecomApi({ ...fake.settings, secret: 'not-the-secret-at-all' })
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, async () => await api.send(text('hi'), to)))
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { errcode: 40001, path: 'gettoken', cure: expect.stringContaining('secret') } })
  expect(String((outcomes[0] as PromiseRejectedResult).reason)).not.toContain('not-the-secret')
  expect(fake.callsOf('gettoken')).toHaveLength(1)
  expect(fake.callsOf('message/send')).toEqual([])
})

test('gettoken is tried again where WeCom is busy or breaks off', async () => {
  const { fake, api } = await openApi()
  fake.fault('gettoken', 'busy')
  fake.fault('gettoken', 'cut-off')
  await api.send(text('hi'), to)
  expect(fake.callsOf('gettoken')).toHaveLength(3)
  expect(fake.sent).toHaveLength(1)
})

test('who gives up waiting for a token leaves the others their token', async () => {
  const { fake, api } = await openApi({}, { slowBy: 200 })
  fake.fault('gettoken', 'slow')
  fake.answer('user/get', { name: '张三' })
  const gone = api.call('user/get', undefined, { signal: AbortSignal.timeout(50) })
  const other = api.call('user/get')
  await expect(gone).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await other).toMatchObject({ name: '张三' })
  expect(fake.callsOf('gettoken')).toHaveLength(1)
})

test('a token of the caller\'s own takes the place of the app\'s', async () => {
  const fake = await openFake()
  const api = createWecomApi({ baseUrl: fake.settings.baseUrl })
  const { suite_access_token: token } = await api.call<{ suite_access_token: string }>('service/get_suite_token', { suite_id: fake.suite.suiteId, suite_secret: fake.suite.suiteSecret, suite_ticket: fake.newSuiteTicket() })
  const answer = await api.call('service/get_permanent_code', { auth_code: fake.newAuthCode('ww1') }, { query: { suite_access_token: token } })
  expect(answer).toMatchObject({ permanent_code: 'permanent-ww1' })
  expect(fake.callsOf('gettoken')).toEqual([])
  await expect(api.call('user/get')).rejects.toMatchObject({ errcode: 41001 })
})
