import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import wecom, { memoryStreams, stream } from '../../src/index.js'
import { newCredentials, sample, wecomClient, type TestCredentials } from '../../src/testing/index.js'

const [first, second] = [newCredentials(''), newCredentials('')]

async function appWith (streams = memoryStreams()) {
  const app = Fastify()
  for (const path of ['/wecom/:corp', '/other/:corp']) {
    await app.register(wecom, {
      path,
      streams,
      credentials: [{ ...first, name: 'first' }, { ...second, name: 'second' }],
      handler: () => stream(['只给一家'])
    })
  }
  await app.ready()
  onTestFinished(async () => { await app.close() })

  async function send (path: string, credentials: TestCredentials, message: object) {
    const reply = await wecomClient({ credentials, app, path }).send(message)
    return { answer: reply.answer, stream: reply.message?.stream as { id: string, content: string } | undefined }
  }
  return send
}

const { text: _text, quote: _quote, response_url: _url, ...about } = sample('aibot.text') as unknown as Record<string, unknown>
const poll = (id: string, fields: object = {}) => ({ ...about, msgid: randomUUID(), msgtype: 'stream', stream: { id }, ...fields })

test('a poll shows nothing of a stream of another path, path parameter, credential or bot, though they share a store', async () => {
  const send = await appWith()
  const { stream: shown } = await send('/wecom/a', first, sample('aibot.text'))
  const { id } = shown as { id: string }
  const nothing = { answer: 'empty', stream: undefined }
  expect(await send('/other/a', first, poll(id))).toEqual(nothing)
  expect(await send('/wecom/b', first, poll(id))).toEqual(nothing)
  expect(await send('/wecom/a', second, poll(id))).toEqual(nothing)
  expect(await send('/wecom/a', first, poll(id, { aibotid: 'another' }))).toEqual(nothing)
  expect(await send('/wecom/a', first, poll(id))).toMatchObject({ stream: { id, content: '只给一家' } })
})

test('a bot of another corp has its own streams: the receiveId tells them apart', async () => {
  const app = Fastify()
  const credentials = newCredentials('')
  await app.register(wecom, { path: '/wecom', credentials: { ...credentials, receiveId: ['one', 'two'] }, handler: () => stream(['只给一家']) })
  await app.ready()
  onTestFinished(async () => { await app.close() })
  const as = (receiveId: string) => wecomClient({ credentials: { ...credentials, receiveId }, app, path: '/wecom' })
  const { id } = (await as('one').send(sample('aibot.text'))).message?.stream as { id: string }
  expect((await as('two').send(poll(id))).answer).toBe('empty')
  expect((await as('one').send(poll(id))).message?.stream).toMatchObject({ id, finish: true })
})
