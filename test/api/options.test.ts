import { expect, test } from 'vitest'
import { createWecomApi, type WecomApiOptions } from '../../src/api/index.js'
import { fakeApi, type FakeApiFault, type FakeApiOptions } from '../../src/testing/index.js'
import { openFake } from './open.js'

const app = { corpId: 'ww1', secret: 'a-secret' }

test.each<[string, unknown, string]>([
  ['a corp without secret', { corpId: 'ww1' }, 'secret'],
  ['a secret without corp', { secret: 'a-secret' }, 'corpId'],
  ['an empty secret', { ...app, secret: ' ' }, 'secret'],
  ['a secret that is a number', { ...app, secret: 7 }, 'secret'],
  ['a misspelled option', { ...app, agentID: 1 }, 'agentId'],
  ['an agentId that is none', { ...app, agentId: 'x' }, 'agentId'],
  ['a baseUrl that is none', { ...app, baseUrl: 'qyapi' }, 'baseUrl'],
  ['a baseUrl of another scheme', { ...app, baseUrl: 'ftp://x' }, 'baseUrl'],
  ['a baseUrl with a query', { ...app, baseUrl: 'https://x/?a=1' }, 'baseUrl'],
  ['seconds', { ...app, timeout: 5 }, 'timeout'],
  ['a store that is none', { ...app, tokens: {} }, 'tokens'],
  ['a store that is null', { ...app, tokens: null }, 'tokens']
])('%s is refused at once, and the text does not show the secret', (_name, options, named) => {
  expect(() => createWecomApi(options as WecomApiOptions)).toThrow(expect.objectContaining({ code: 'WECOM_OPTION_INVALID', message: expect.stringContaining(named) }))
  expect(() => createWecomApi(options as WecomApiOptions)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('a-secret') }))
})

test('agentId may be text, as an environment variable is', async () => {
  const fake = await openFake()
  const api = createWecomApi({ ...fake.settings, agentId: String(fake.settings.agentId), baseUrl: new URL(fake.settings.baseUrl) })
  await api.send({ MsgType: 'text', Content: 'x' }, { sender: 'zhangsan' })
  expect(fake.sent[0]?.agentid).toBe(fake.settings.agentId)
})

test.each<[string, unknown]>([['a misspelled option', { member: [] }], ['members that are no list', { members: 'a' }], ['a page of none', { pageSize: 0 }], ['no time at all', { slowBy: 0 }]])('fakeApi refuses %s', async (_name, options) => {
  await expect(fakeApi(options as FakeApiOptions)).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID' })
})

test('fakeApi refuses a fault that is none, and suggests one', async () => {
  const fake = await openFake()
  expect(() => { fake.fault('message/send', 'cutoff' as FakeApiFault) }).toThrow('Did you mean cut-off?')
})
