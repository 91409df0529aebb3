import { expect, test } from 'vitest'
import { createRouter, mediaOf, stream, text, type WecomHandler, type WecomRouter } from '../../src/index.js'
import { fakeRespond } from '../../src/testing/index.js'
import { credentials, enter, play, raw, startApp, type Running } from './app.js'

type Event = Record<string, any>

/** A router, as a handler. */
const handlerOf = (router: WecomRouter): WecomHandler => async request => await router.handle(request.wecomMessage, request.wecom) as undefined

async function upload ({ port }: Running, cookie: string, body: string, query = 'name=a.txt&type=text%2Fplain', headers: Record<string, string> = {}) {
  return await raw(port, { method: 'POST', path: `/playground/api/file?${query}`, headers: { cookie, origin: `http://localhost:${port}`, 'content-type': 'application/octet-stream', 'content-length': String(Buffer.byteLength(body)), ...headers }, body })
}

test('files and what was posted are behind the same walls as all else', async () => {
  const running = await startApp()
  const cookie = await enter(running.port)
  for (const headers of [{ cookie: '' }, { origin: 'http://evil.example' }, { 'x-forwarded-for': '1.2.3.4' }, { host: 'evil.example' }]) {
    expect((await upload(running, cookie, 'x', 'name=a', headers as Record<string, string>)).status).toBe(403)
  }
  expect((await raw(running.port, { path: '/playground/api/posted' })).status).toBe(403)
  expect((await raw(running.port, { path: '/playground/api/posted?from=x', headers: { cookie } })).body).toBe('{"posted":[],"next":0}')
  expect((await upload(running, cookie, '{}', 'name=a', { 'content-type': 'application/json' })).status).toBe(400)
  expect((await upload(running, cookie, 'x', 'name=a', { 'content-type': 'text/html' })).status).toBe(415)
})

test('a file is served sealed, and its message opens it by context.openMedia alone', async () => {
  let got: unknown
  const running = await startApp({
    handler: handlerOf(createRouter().on('aibot.file', async (message, context) => {
      const media = await context.openMedia(mediaOf(message)[0] as never)
      got = [media.fileName, Buffer.from(await media.bytes()).toString()]
      return stream(['ok'])
    }))
  })
  const cookie = await enter(running.port)
  const { url } = JSON.parse((await upload(running, cookie, '内容', 'name=%E6%8A%A5%E5%91%8A.txt&type=x')).body) as { url: string }
  const sealed = Buffer.from(await (await fetch(url)).arrayBuffer())
  expect(sealed.length % 32).toBe(0)
  expect(sealed.includes('内容')).toBe(false)
  const events = await play(running.port, cookie, { messages: [{ key: 'aibot.file', fields: { file: { url } } }] }) as Event[]
  expect(got).toEqual(['报告.txt', '内容'])
  expect(events).toContainEqual({ type: 'file', message: 0, opened: true })
})

test('media of other private hosts are refused while somebody plays, and nothing is posted to WeCom itself', async () => {
  const other = await fakeRespond()
  const codes: unknown[] = []
  const running = await startApp({
    handler: handlerOf(createRouter().on('aibot.file', async (message, context) => {
      await context.openMedia(mediaOf(message)[0] as never).catch((error: Event) => codes.push(error.code))
      await context.respond(text('x')).catch((error: Event) => codes.push(error.code))
    }))
  })
  const cookie = await enter(running.port)
  const fields = { file: { url: other.url() }, response_url: 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=x' }
  await play(running.port, cookie, { messages: [{ key: 'aibot.file', fields }] })
  expect(codes).toEqual(['WECOM_MEDIA_HOST_REFUSED', 'WECOM_RESPOND_REFUSED'])
  await other.close()
})

test('each message has a response_url of its own, and what is posted there is told without secrets', async () => {
  const running = await startApp({
    handler: handlerOf(createRouter().on('aibot.text', async (_message, context) => {
      await context.respond(text(`报告 ${credentials.token}`))
      return stream(['ok'])
    }))
  })
  const cookie = await enter(running.port)
  const events = await play(running.port, cookie, { messages: [{ key: 'aibot.text' }, { key: 'aibot.text' }] }) as Event[]
  const urls = events.filter(({ type }) => type === 'message').map(({ content }) => content.response_url as string)
  expect(new Set(urls).size).toBe(2)
  const posted = async (from: number) => JSON.parse((await raw(running.port, { path: `/playground/api/posted?from=${from}`, headers: { cookie } })).body) as Event
  const body = { msgtype: 'markdown', markdown: { content: '报告 •••' } }
  expect(await posted(0)).toEqual({ posted: urls.map(url => ({ url, body, errcode: 0 })), next: 2 })
  expect(await posted(1)).toMatchObject({ posted: [{ url: urls[1] }], next: 2 })
  // Of another start.
  expect(await posted(9)).toMatchObject({ next: 2 })
})

test('its servers close with the app', async () => {
  const running = await startApp()
  const { url } = JSON.parse((await upload(running, await enter(running.port), 'x')).body) as { url: string }
  await running.app.close()
  await expect(fetch(url)).rejects.toThrow()
})
