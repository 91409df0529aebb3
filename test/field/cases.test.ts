import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter } from '../../src/index.js'
import { send } from '../support/http.js'
import { encryptBytes, envelope, newSettings, signEcho, signQuery, type Settings } from '../support/requests.js'
import { complaints, listen, listenForTest, type CallbackServer } from '../support/server.js'

interface Case {
  id: string
  format: 'xml' | 'json' | 'get' | 'option'
  receiveId: string
  payload?: string
  payloadHex?: string
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as Case)

/** What is right for each message: its kind, and what it holds. */
const RIGHT: Record<string, { kind: string, fields: object }> = {
  'piclist-per-picture': { kind: 'event.pic_weixin', fields: { SendPicsInfo: { Count: 2, PicList: { item: [{ PicMd5Sum: 'a1' }, { PicMd5Sum: 'b2' }] } } } },
  'cdata-in-text': { kind: 'text', fields: { Content: '<status><![CDATA[busy]]></status>', FromUserName: 'zhangsan', MsgId: '7390418264419835001' } },
  'cdata-end-in-text': { kind: 'text', fields: { Content: 'if (a[b[0]]>1) x', MsgId: '7390418264419835002' } },
  'known-text-twice': { kind: 'text', fields: { Content: 'x]]></Content><Content><![CDATA[y', FromUserName: 'zhangsan', MsgId: '7390418264419835003' } },
  'half-a-character': { kind: 'text', fields: { Content: '\ufffd', MsgId: '7390418264419835004' } },
  'robot-attachment-json': { kind: 'groupbot.attachment', fields: { Attachment: { CallbackId: 'cb', Actions: [{ Name: 'n', Value: 'v', Type: 'button' }] } } },
  'robot-command': { kind: 'groupbot.command', fields: { ChatType: 'blackboard', Command: { Name: 'x' }, MsgId: 'm2' } },
  'batch-job-result-suite': { kind: 'info.batch_job_result', fields: { AuthCorpId: 'wwauth', BatchJob: { JobId: 'j', JobType: 'contact_id_translate' } } },
  'data-permission': { kind: 'info.auth_data_permission', fields: { AuthType: 'data_zone_chat' } },
  'payment-notice': { kind: 'payment', fields: { notify_type: 'NORMALPAY', create_time: '2026-01-01T13:29:35+08:00', resource: { algorithm: 'AEAD_AES_256_GCM', ciphertext: '…', nonce: '…', associated_data: '' }, summary: '支付成功' } },
  'bot-auth-change': { kind: 'aibot.event.auth_change_event', fields: { from: { userid: 'z', chat_id: 'C' }, event: { eventtype: 'auth_change_event', auth_change_event: { auth_list: [1, 2] } } } },
  'app-file': { kind: 'file', fields: { MediaId: 'm', FileName: 'f.pdf' } },
  'new-change-type': { kind: 'unknown', fields: { Event: 'change_contact', ChangeType: 'freeze_user', UserID: 'u' } }
}

const messages = cases.filter(({ format }) => format === 'xml' || format === 'json')
/** Those whose answer is `success`. */
const SUCCESS = ['batch-job-result-suite', 'data-permission']

function request (settings: Settings, { format, payload, payloadHex }: Case) {
  const message = payload === undefined ? Buffer.from(payloadHex as string, 'hex') : Buffer.from(payload)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  const encrypted = encryptBytes(settings.encodingAESKey, Buffer.concat([Buffer.alloc(16, 7), length, message, Buffer.from(settings.receiveId)]))
  return { query: signQuery(settings, encrypted), body: envelope(encrypted, format === 'json' ? 'json' : 'xml', settings.receiveId) }
}

test('every case of a message has its right value', () => {
  expect(Object.keys(RIGHT)).toEqual(messages.map(({ id }) => id))
})

const servers = new Map<string, { settings: Settings, server: CallbackServer }>()
beforeAll(async () => {
  for (const receiveId of new Set(messages.map(({ receiveId }) => receiveId))) {
    const settings = newSettings(receiveId)
    servers.set(receiveId, { settings, server: await listen({ credentials: settings }) })
  }
})
afterAll(async () => { await Promise.all([...servers.values()].map(async ({ server }) => { await server.close() })) })

test.each(messages)('$id arrives as it is, in one request', async message => {
  const { settings, server } = servers.get(message.receiveId) as { settings: Settings, server: CallbackServer }
  const { log, seen } = server
  log.length = seen.length = 0
  const { kind, fields } = RIGHT[message.id] as { kind: string, fields: object }
  expect(await send(server.port, request(settings, message))).toMatchObject({ status: 200, body: SUCCESS.includes(message.id) ? 'success' : '' })
  expect(seen.map(context => context.kind)).toEqual([kind])
  expect(seen[0]?.message).toMatchObject(fields)
  const warnings = complaints(log).map(({ msg }) => msg)
  if (message.id === 'half-a-character') expect(warnings).toEqual([expect.stringMatching(/U\+FFFD/)])
  else expect(warnings).toEqual([])
  expect(warnings.join()).not.toMatch(/Token|EncodingAESKey/)
  if (kind === 'unknown') expect(log).toContainEqual(expect.objectContaining({ kind, unknown: 'MsgType "event", Event "change_contact", ChangeType "freeze_user"' }))
})

test.each(cases.filter(({ format }) => format === 'get'))('$id: refused, and the log names the proxy and not the Token', async ({ receiveId }) => {
  const settings = newSettings(receiveId)
  const server = await listenForTest({ credentials: settings })
  // Until there is one with all three characters in it.
  let query = signEcho(settings, '4561255354251345929')
  while (!/\+.*\/|\/.*\+/.test(query.echostr)) query = signEcho(settings, '4561255354251345929')
  for (const echostr of [encodeURIComponent(query.echostr), encodeURIComponent(encodeURIComponent(query.echostr))]) {
    server.log.length = 0
    expect((await send(server.port, { query: { ...query, echostr } })).status).toBe(401)
    const [line] = complaints(server.log)
    expect(line).toMatchObject({ code: 'WECOM_SIGNATURE_MISMATCH', msg: expect.stringMatching(/URL-encoded twice.*proxy/) as string })
    expect(line?.msg).not.toMatch(/Token/)
  }
})

test.each(cases.filter(({ format }) => format === 'option'))('$id: refused at registration, as a blank in the token is', async ({ receiveId }) => {
  for (const blank of [{ receiveId }, { token: 'Tk1 ' }]) {
    await expect(listen({ credentials: { ...newSettings(), ...blank } })).rejects.toMatchObject({ code: 'WECOM_OPTION_INVALID', message: expect.stringMatching(/blanks?/) as string })
  }
})

test('every line of cases.jsonl is a test above', () => {
  expect(cases.filter(({ format }) => !['xml', 'json', 'get', 'option'].includes(format))).toEqual([])
  expect(cases).toHaveLength(15)
})

test('what is new of a family reaches its handler, and what has none onUnhandled', async () => {
  const settings = newSettings()
  const reached: string[] = []
  const name = (handler: string) => (_message: unknown, { kind }: { kind: string }) => { reached.push(`${handler} ${kind}`) }
  const router = createRouter()
    .on('event.change_contact', name('change_contact')).on('event.change_contact.create_user', name('create_user')).on('event', name('event')).on('event.click', name('click'))
    .on('info.change_contact', name('info.change_contact')).on('aibot.event', name('aibot.event')).onUnhandled(name('unhandled'))
  const server = await listenForTest({ credentials: settings, reply: async context => await router.handle(context.message, context) })
  const event = (fields: string) => `<xml><ToUserName>ww</ToUserName><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>${fields}</xml>`
  for (const payload of [
    event('<Event>change_contact</Event><ChangeType>freeze_user</ChangeType>'), event('<Event>change_contact</Event><ChangeType>create_user</ChangeType>'), event('<Event>change_contact</Event>'),
    event('<Event>new_event</Event>'), event('<Event>change_external_chat</Event><ChangeType>a.b</ChangeType>'), event('<Event>click</Event><ChangeType>new</ChangeType>'), event(''),
    '<xml><InfoType>change_contact</InfoType><ChangeType>freeze_user</ChangeType></xml>', '<xml><InfoType>new_info</InfoType></xml>',
    '{"aibotid":"a","msgid":"1","msgtype":"event","event":{"eventtype":"new_event"}}', '{"aibotid":"a","msgid":"2","msgtype":"new"}', '<xml><ToUserName>ww</ToUserName><MsgType>hologram</MsgType></xml>'
  ]) await send(server.port, request(settings, { id: '', format: 'xml', receiveId: '', payload }))
  expect(reached).toEqual([
    'change_contact unknown', 'create_user event.change_contact.create_user', 'change_contact unknown', 'event unknown', 'event unknown', 'event unknown', 'event unknown',
    'info.change_contact unknown', 'unhandled unknown', 'aibot.event unknown', 'unhandled unknown', 'unhandled unknown'
  ])
})

test('the log line of an unknown kind holds no line break and no more than it must', async () => {
  const settings = newSettings()
  const server = await listenForTest({ credentials: settings })
  await send(server.port, request(settings, { id: '', format: 'xml', receiveId: '', payload: `<xml><ToUserName>ww</ToUserName><MsgType>event</MsgType><Event>a\nb "${'x'.repeat(500)}</Event></xml>` }))
  const { unknown } = server.log.find(({ unknown }) => unknown !== undefined) as { unknown?: string }
  expect(unknown).toMatch(/^MsgType "event", Event "a\\nb \\"x+…"$/)
  expect(unknown?.length).toBeLessThan(120)
})
