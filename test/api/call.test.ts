import { createServer as createTcp } from 'node:net'
import { once } from 'node:events'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createWecomApi, WecomApiError } from '../../src/api/index.js'
import { loggableError } from '../../src/support/strip-error-details.js'
import type { FakeApiFault } from '../../src/testing/index.js'
import { freePort } from '../support/redis.js'
import { thrownBy } from './thrown.js'
import { openApi } from './open.js'

const message = { touser: 'zhangsan', agentid: 1_000_002, msgtype: 'text', text: { content: 'hi' } }

/** How long the API may take: only what hangs is to run out of it. */
const patience = (fault: FakeApiFault): number => fault === 'hang' ? 1_000 : 10_000

test('a call without a body is a GET, one with a body a POST, the query goes along', async () => {
  const { fake, api } = await openApi()
  fake.answer('user/get', ({ query, body }) => ({ name: query.userid, got: body === undefined }))
  fake.answer('tag/create', ({ body }) => ({ tagid: body?.tagname }))
  expect(await api.call('user/get', undefined, { query: { userid: '张三', left: undefined } })).toMatchObject({ name: '张三', got: true })
  expect(await api.call('/cgi-bin/tag/create', { tagname: '标签' })).toMatchObject({ tagid: '标签' })
})

test.each<[FakeApiFault, object]>([
  ['rate-limit', { errcode: 45009, cure: expect.stringContaining('less often'), mayHaveArrived: false }],
  ['untrusted-ip', { errcode: 60020, errmsg: expect.stringContaining('192.0.2.1'), cure: expect.stringContaining('企业可信IP'), mayHaveArrived: false }],
  ['busy', { errcode: -1, mayHaveArrived: true }],
  ['server-error', { errcode: undefined, status: 502, mayHaveArrived: true }],
  ['garbage', { errcode: undefined, status: 200, message: expect.stringContaining('HTML') }],
  ['cut-json', { errcode: undefined, status: 200, message: expect.stringContaining('broken JSON') }],
  ['cut-off', { errcode: undefined, status: undefined, mayHaveArrived: true }],
  ['hang', { errcode: undefined, status: undefined, mayHaveArrived: true, message: expect.stringContaining('no answer within 1000 ms') }]
])('message/send that meets %s is an error with its cure, and is not sent again', async (fault, error) => {
  const { fake, api } = await openApi({ timeout: patience(fault) })
  fake.fault('message/send', fault, 9)
  const thrown = await thrownBy(api.call('message/send', message))
  expect(thrown).toBeInstanceOf(WecomApiError)
  expect(thrown).toMatchObject({ path: 'message/send', ...error })
  expect((thrown as WecomApiError).cure).not.toBe('')
  expect(fake.callsOf('message/send')).toHaveLength(1)
})

test.each<FakeApiFault>(['busy', 'server-error', 'garbage', 'cut-json', 'cut-off', 'hang'])('a call that reads is tried again after %s', async fault => {
  const { fake, api } = await openApi({ timeout: patience(fault) })
  fake.answer('user/list_id', { dept_user: [] })
  fake.fault('user/list_id', fault, 2)
  expect(await api.call('user/list_id', { limit: 1 })).toMatchObject({ dept_user: [] })
  expect(fake.callsOf('user/list_id')).toHaveLength(3)
})

test('it is tried again three times at most, and not at all where WeCom has refused', async () => {
  const { fake, api } = await openApi()
  fake.fault('user/get', 'busy', Infinity)
  await expect(api.call('user/get')).rejects.toMatchObject({ errcode: -1 })
  expect(fake.callsOf('user/get')).toHaveLength(4)
  fake.fault('department/list', 'rate-limit')
  await expect(api.call('department/list')).rejects.toMatchObject({ errcode: 45009 })
  expect(fake.callsOf('department/list')).toHaveLength(1)
})

test.each<[string, object | undefined, object, number]>([
  ['user/get', undefined, {}, 2],
  ['user/simplelist', undefined, {}, 2],
  ['externalcontact/batch/get_by_user', {}, {}, 2],
  ['kf/sync_msg', { open_kfid: 'wk' }, {}, 2],
  ['user/delete', undefined, {}, 1],
  ['tag/create', {}, {}, 1],
  ['tag/create', {}, { retry: true }, 2],
  ['user/get', undefined, { retry: false }, 1],
  ['auth/getuserinfo', undefined, { query: { code: 'works-once' } }, 1],
  ['service/get_permanent_code', { auth_code: 'works-once' }, { query: { suite_access_token: 'x' } }, 1],
  ['externalcontact/send_welcome_msg', {}, {}, 1]
])('%s with %j and %j goes out %i time(s) where WeCom is busy once', async (path, body, options, times) => {
  const { fake, api } = await openApi()
  fake.answer(path, {})
  fake.fault(path, 'busy')
  await api.call(path, body, options).catch(() => {})
  expect(fake.callsOf(path)).toHaveLength(times)
})

test('what sends something is never repeated, even if asked to', async () => {
  const { fake, api } = await openApi()
  await expect(api.call('message/send', message, { retry: true })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
  expect(fake.calls).toEqual([])
})

test('a message that never left is sent again, once somebody listens', async () => {
  const port = await freePort()
  const { fake } = await openApi()
  const api = createWecomApi({ ...fake.settings, baseUrl: `http://127.0.0.1:${port}`, timeout: 2_000 })
  // A token that needs no gettoken, so that message/send itself meets nobody.
  const sending = api.call('message/send', message, { query: { access_token: 'mine' } })
  const taken: string[] = []
  const server = createTcp(socket => {
    socket.once('data', data => {
      taken.push(data.toString())
      const body = '{"errcode":0,"errmsg":"ok","msgid":"1"}'
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
    })
  })
  await new Promise(resolve => setTimeout(resolve, 100))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.close() })
  expect(await sending).toMatchObject({ msgid: '1' })
  expect(taken).toHaveLength(1)
})

test('where nobody listens at all, the error says that nothing has left', async () => {
  const api = createWecomApi({ corpId: 'ww1', secret: 'a-secret', baseUrl: `http://127.0.0.1:${await freePort()}` })
  await expect(api.call('user/get')).rejects.toMatchObject({ errcode: undefined, path: 'gettoken', mayHaveArrived: false, message: expect.stringContaining('ECONNREFUSED'), cause: expect.objectContaining({ code: 'ECONNREFUSED' }) })
})

test('a redirect is not followed: the token would go along', async () => {
  const asked: string[] = []
  const server = createTcp(socket => {
    socket.on('data', data => {
      asked.push(data.toString().split('\r\n')[0] as string)
      socket.end('HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => { server.close() })
  const { port } = server.address() as { port: number }
  const api = createWecomApi({ corpId: 'ww1', secret: 'a-secret', baseUrl: `http://127.0.0.1:${port}` })
  await expect(api.call('user/get')).rejects.toMatchObject({ status: 302, path: 'gettoken', mayHaveArrived: false })
  expect(asked).toHaveLength(1)
})

test('a signal gives a call up, at once and with its own reason', async () => {
  const { fake, api } = await openApi()
  fake.fault('user/get', 'hang')
  const controller = new AbortController()
  const call = api.call('user/get', undefined, { signal: controller.signal })
  const given = expect(call).rejects.toThrow('enough')
  await expect.poll(() => fake.callsOf('user/get')).toHaveLength(1)
  controller.abort(new Error('enough'))
  await given
  expect(fake.callsOf('user/get')).toHaveLength(1)
  await expect(api.call('user/get', undefined, { signal: controller.signal })).rejects.toThrow('enough')
  expect(fake.callsOf('user/get')).toHaveLength(1)
})

test('a signal ends the pause before a retry as well', async () => {
  const { fake, api } = await openApi()
  fake.fault('user/get', 'busy', Infinity)
  await expect(api.call('user/get', undefined, { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: 'TimeoutError' })
})

test.each<FakeApiFault>(['untrusted-ip', 'busy', 'server-error', 'garbage', 'cut-json', 'cut-off', 'hang'])('neither token nor secret stands in an error after %s, however it is printed', async fault => {
  const { fake, api } = await openApi({ timeout: patience(fault) })
  let token = ''
  const original = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    token = new URL(input as URL).searchParams.get('access_token') ?? token
    return await original(input, init)
  }
  onTestFinished(() => { globalThis.fetch = original })
  fake.fault('message/send', fault)
  const error = await thrownBy(api.call('message/send', message))
  expect(token).toMatch(/^token/)
  for (const printed of [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), (error as Error).stack, inspect(loggableError(error), { depth: 9 })]) {
    expect(printed).not.toContain(token)
    expect(printed).not.toContain(fake.settings.secret)
    expect(printed).not.toContain('access_token=')
  }
})

test('words of WeCom that repeat a secret are told without it, in one line', async () => {
  const { fake, api } = await openApi()
  fake.answer('auth/getuserinfo', { errcode: 40029, errmsg: 'invalid code THECODE-1234,\n more' })
  const error = await thrownBy(api.call('auth/getuserinfo', undefined, { query: { code: 'THECODE-1234' } }))
  expect(error).toMatchObject({ errcode: 40029, errmsg: 'invalid code …, more' })
})

test.each<[number, string]>([[86215, 'group chat'], [48002, 'console'], [40013, 'corpId'], [41001, 'access_token'], [81013, 'visible range'], [999_999, 'devtool/query?e=999999']])('%i has a cure', async (errcode, words) => {
  const { fake, api } = await openApi()
  fake.answer('appchat/create', { errcode, errmsg: 'no' })
  await expect(api.call('appchat/create', {})).rejects.toMatchObject({ errcode, cure: expect.stringContaining(words) })
})

test('an answer without errcode is a good one, one that is no object is none', async () => {
  const { fake, api } = await openApi()
  expect(await api.call('service/get_permanent_code', { auth_code: fake.newAuthCode('ww2') }, { query: { suite_access_token: await suiteToken(api, fake) } })).not.toHaveProperty('errcode')
})

async function suiteToken (api: Awaited<ReturnType<typeof openApi>>['api'], fake: Awaited<ReturnType<typeof openApi>>['fake']): Promise<string> {
  const { suiteId, suiteSecret } = fake.suite
  const answer = await api.call<{ suite_access_token: string }>('service/get_suite_token', { suite_id: suiteId, suite_secret: suiteSecret, suite_ticket: fake.newSuiteTicket() })
  return answer.suite_access_token
}

test.each(['user/get?userid=1', 'https://qyapi.weixin.qq.com/cgi-bin/user/get', '../user/get', 'user//get', '', 7])('%j is no path', async path => {
  const { api } = await openApi()
  await expect(api.call(path as string)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
})
