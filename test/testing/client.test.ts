import { getSignature, decrypt } from '@wecom/crypto'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { createWecomCrypto } from '../../src/wecom-crypto/index.js'
import { text, type WecomContext } from '../../src/index.js'
import { newCredentials, sample, TransportFault, wecomClient } from '../../src/testing/index.js'
import { encryptText, envelope, signEcho } from '../support/requests.js'
import { listenForTest } from '../support/server.js'

const credentials = newCredentials()
const bot = newCredentials('')
const hello = (context: WecomContext) => text(`hello ${context.kind}`)

describe('requests are opened by @wecom/crypto', () => {
  test.each([
    ['XML', {}, credentials, sample('text')],
    ['JSON, capital', { format: 'json', spelling: 'capital' }, credentials, sample('text')],
    ['JSON, lower', { format: 'json' }, credentials, sample('event.click')],
    ['a bot\'s', {}, bot, sample('aibot.text')]
  ] as const)('%s', (_name, options, { token, encodingAESKey, receiveId }, message) => {
    const { query, body, headers } = wecomClient({ credentials: { token, encodingAESKey, receiveId }, url: 'http://127.0.0.1', ...options }).seal(message)
    const encrypted = (/Encrypt><!\[CDATA\[(.+?)\]\]>/.exec(body) ?? /"[eE]ncrypt":"(.+?)"/.exec(body))?.[1] as string
    expect(getSignature(token, query.timestamp, query.nonce, encrypted)).toBe(query.msg_signature)
    const opened = decrypt(encodingAESKey, encrypted)
    expect(opened.id).toBe(receiveId)
    expect(headers['content-type']).toBe(body.startsWith('<') ? 'text/xml' : 'application/json')
    const id = 'MsgId' in message ? message.MsgId : 'msgid' in message ? message.msgid : 'EVENTKEY'
    expect(opened.message).toContain(id === 'EVENTKEY' ? (message as { EventKey: string }).EventKey : id)
  })
})

describe.each(['inject', 'HTTP'])('over %s', way => {
  async function setUp (reply = hello, settings = credentials) {
    const server = await listenForTest({ credentials: settings, reply, server: { bodyLimit: 100_000 } })
    const target = way === 'inject' ? { app: server.app, path: '/wecom' } : { url: `http://127.0.0.1:${server.port}/wecom` }
    return { server, target, client: wecomClient({ credentials: settings, ...target }) }
  }

  test('verifies the URL', async () => {
    const { client } = await setUp()
    const { ok, status, echo, raw } = await client.verify()
    expect({ ok, status, raw }).toEqual({ ok: true, status: 200, raw: echo })
  })

  test('opens a reply into text, object and kind, and finds nothing wrong with it', async () => {
    const { client, server } = await setUp()
    const message = sample('text', { Content: '你好' })
    const reply = await client.send(message)
    expect(reply).toMatchObject({
      status: 200,
      answer: 'reply',
      kind: 'text',
      text: 'hello text',
      receiveId: credentials.receiveId,
      message: { ToUserName: message.FromUserName, FromUserName: message.ToUserName, MsgType: 'text', Content: 'hello text' },
      problems: []
    })
    expect(reply.plaintext).toMatch(/^<xml>/)
    expect(reply.raw).toMatch(/^<xml><Encrypt>/)
    expect(server.seen[0]?.message).toEqual(message)
  })

  test('speaks JSON in both spellings', async () => {
    const { client } = await setUp()
    for (const spelling of ['lower', 'capital'] as const) {
      const reply = await client.send(sample('text'), { format: 'json', spelling })
      expect(reply).toMatchObject({ answer: 'reply', text: 'hello text', problems: [] })
      expect(Object.keys(JSON.parse(reply.raw) as object)[0]).toBe(spelling === 'lower' ? 'encrypt' : 'Encrypt')
    }
  })

  test('plays a bot: JSON, the nonce echoed', async () => {
    const { client } = await setUp(hello, bot)
    const reply = await client.send(sample('aibot.text', { text: { content: '@bot hi' } }), { nonce: '12345' })
    expect(reply).toMatchObject({ answer: 'reply', kind: 'stream', text: 'hello aibot.text', nonce: '12345', problems: [] })
  })

  test('takes XML and JSON text as it stands', async () => {
    const { client, server } = await setUp()
    const xml = '<xml><MsgType>text</MsgType>  <FromUserName>a</FromUserName><ToUserName>b</ToUserName><Content>x</Content></xml>'
    expect((await client.send(xml)).text).toBe('hello text')
    expect(server.seen[0]?.plaintext).toBe(xml)
  })

  test('tells an empty answer and success from replies', async () => {
    const { client } = await setUp(() => '' as never)
    expect((await client.send(sample('text'))).answer).toBe('empty')
    expect((await client.send(sample('info.suite_ticket'))).answer).toBe('success')
  })

  test('sends what is wrong where it is told to', async () => {
    const { client } = await setUp()
    expect(await client.send(sample('text'), { signature: '0'.repeat(40) })).toMatchObject({ status: 401, answer: 'refused' })
    expect(await client.send(sample('text'), { timestamp: 1 })).toMatchObject({ status: 401, answer: 'refused' })
    expect(await client.send(sample('text'), { receiveId: 'another' })).toMatchObject({ status: 400, answer: 'refused' })
    expect(await client.verify({ receiveId: 'another' })).toMatchObject({ ok: false, status: 400 })
    expect(await client.send(sample('text'), { contentType: false })).toMatchObject({ status: 200, answer: 'reply' })
  })

  test('has a clock of its own to be set', async () => {
    const { target } = await setUp()
    const late = wecomClient({ credentials, ...target, now: () => Date.now() - 3_600_000 })
    expect((await late.verify()).status).toBe(401)
  })

  test('hangs up when the time is over, and says so', async () => {
    const server = await listenForTest({ credentials, reply: async () => await new Promise<never>(() => {}), closeGrace: 0 } as never)
    const target = way === 'inject' ? { app: server.app, path: '/wecom' } : { url: `http://127.0.0.1:${server.port}/wecom` }
    const fault = await wecomClient({ credentials, ...target, timeout: 1_000 }).send(sample('text')).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(TransportFault)
    expect(fault).toMatchObject({ code: 'timeout', connected: true, message: 'no whole answer within 1000 ms' })
  })

  test('lets a body dribble in', async () => {
    const { client } = await setUp()
    const reply = await client.send(sample('text'), { pace: 100 })
    expect(reply.text).toBe('hello text')
    expect(reply.ms).toBeGreaterThan(80)
  })
})

test('a text that is no XML and no JSON is refused with the right way', async () => {
  const client = wecomClient({ credentials, url: 'http://127.0.0.1:1' })
  await expect(client.send('你好')).rejects.toThrow("sample('text', { Content: '…' })")
})

test('a key of the wrong length is refused at once', () => {
  expect(() => wecomClient({ credentials: { ...credentials, encodingAESKey: 'short' }, url: 'http://127.0.0.1' })).toThrow(/43 characters/)
})

test('fresh credentials are of the shape that the console makes', () => {
  const { token, encodingAESKey, receiveId } = newCredentials()
  expect(token).toMatch(/^[A-Za-z0-9]{32}$/)
  expect(encodingAESKey).toMatch(/^[A-Za-z0-9]{43}$/)
  expect(Buffer.from(`${encodingAESKey}=`, 'base64').toString('base64')).toBe(`${encodingAESKey}=`)
  expect(receiveId).toMatch(/^ww[0-9a-f]{16}$/)
  expect(signEcho({ token, encodingAESKey, receiveId }, 'x').echostr).toBeTypeOf('string')
  expect(envelope(encryptText({ token, encodingAESKey, receiveId }, 'x'), 'xml', receiveId)).toContain('Encrypt')
})

test('a server on WeCom\'s PHP library, which reads Encrypt and writes encrypt, has no problem; one that answers encrypt with Encrypt has', async () => {
  const app = Fastify()
  const crypto = createWecomCrypto(credentials)
  app.post('/php', async (request, reply) => {
    const { msg_signature: signature, timestamp, nonce } = request.query as Record<string, string>
    const { spelling, message } = crypto.decryptMessage({ signature: signature as string, timestamp: timestamp as string, nonce: nonce as string, body: JSON.stringify(request.body) })
    const { FromUserName, ToUserName } = JSON.parse(message) as Record<string, string>
    const answer = JSON.stringify({ ToUserName: FromUserName, FromUserName: ToUserName, CreateTime: 1767168000, MsgType: 'text', Content: 'ja' })
    return await reply.type('application/json').send(crypto.encryptMessage(answer, { format: 'json', spelling: spelling === 'capital' ? 'lower' : 'capital' }))
  })
  const client = wecomClient({ app, path: '/php', credentials, format: 'json' })
  expect(await client.send(sample('text'), { spelling: 'capital' })).toMatchObject({ answer: 'reply', text: 'ja', problems: [] })
  expect((await client.send(sample('text'), { spelling: 'lower' })).problems.map(({ text }) => text)).toContain('The field is named Encrypt, WeCom reads encrypt.')
})
