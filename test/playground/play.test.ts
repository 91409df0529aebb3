import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { text, wecom } from '../../src/index.js'
import { playground } from '../../src/playground/index.js'
import { sampleKeys } from '../../src/testing/index.js'
import { credentials, enter, KEY, play, raw, startApp } from './app.js'

type Event = Record<string, any>

test('a text goes over a socket, encrypted, and every step of it comes back', async () => {
  const peers: Array<string | undefined> = []
  const { port } = await startApp({ handler: async request => { peers.push(request.raw.socket.remoteAddress); return text(`你说：${(request.wecomMessage as { Content?: string }).Content ?? ''}`) } })
  const events = await play(port, await enter(port), { messages: [{ key: 'text', fields: { Content: '在吗' } }] }) as Event[]
  expect(peers).toEqual(['127.0.0.1'])
  const [verification, message] = events.filter(({ type }) => type === 'attempt').map(({ attempt }) => attempt as Event)
  expect(verification).toMatchObject({ purpose: 'verify', outcome: 'accepted', response: { status: 200 } })
  expect(message).toMatchObject({ outcome: 'accepted', request: { body: expect.stringMatching(/^<xml>.*<Encrypt>/) as string, plaintext: expect.stringContaining('在吗') as string }, reply: { answer: 'reply', kind: 'text', text: '你说：在吗' } })
  const seen = events.findLast(({ type }) => type === 'seen')?.seen as Event
  expect(seen).toMatchObject({ context: { kind: 'text', attempt: 1, receiveId: credentials.receiveId, message: { Content: '在吗', ToUserName: credentials.receiveId } }, handling: { failed: false, ms: expect.any(Number) as number }, status: 200 })
  expect(events.at(-1)).toEqual({ type: 'end' })
})

test('neither the page nor what it fetches holds token or key, even where the handler logs them', async () => {
  const { port } = await startApp({ handler: async request => { request.log.info({ credentials }, `the token is ${credentials.token}`); throw new Error(credentials.encodingAESKey) } })
  const cookie = await enter(port)
  const got = [JSON.stringify(await play(port, cookie, { messages: [{ key: 'text' }], patience: 3_000 }))]
  for (const path of ['/playground', '/playground/api/start', '/playground/api/sample?key=text']) got.push((await raw(port, { path, headers: { cookie } })).body)
  expect(got.join()).not.toContain(credentials.token)
  expect(got.join()).not.toContain(credentials.encodingAESKey)
  expect(got[0]).toContain('the token is •••')
})

test('a handler that throws is shown with its error, beside the code of the package', async () => {
  const { port } = await startApp({ handler: async () => { throw new Error('no such order') } })
  const events = await play(port, await enter(port), { messages: [{ key: 'text' }], patience: 3_000 }) as Event[]
  const seen = events.findLast(({ type }) => type === 'seen')?.seen as Event
  expect(seen).toMatchObject({ status: 500, handling: { failed: true }, log: expect.arrayContaining([expect.objectContaining({ code: 'WECOM_HANDLER_FAILED', error: expect.stringContaining('no such order') as string })]) as unknown[] })
})

test('a forged request is refused before the handler, and the log line with its code is shown', async () => {
  const { port } = await startApp()
  const events = await play(port, await enter(port), { messages: [{ key: 'text' }], faults: ['wrong-signature'] }) as Event[]
  const forged = events.find(({ attempt }) => attempt?.fault === 'wrong-signature') as Event
  const seen = events.findLast(event => event.type === 'seen' && event.seen.id === forged.seen)?.seen as Event
  expect(forged.attempt).toMatchObject({ outcome: 'refused', response: { status: 401, body: 'Unauthorized' } })
  expect(seen).toMatchObject({ log: [{ level: 'warn', code: 'WECOM_SIGNATURE_MISMATCH' }] })
  expect(seen.context).toBeUndefined()
})

test('a handler is held up on demand, also one that answers later', async () => {
  const { port } = await startApp({ handler: (_request, reply) => { setImmediate(() => { reply.encrypted(text('late')) }) } })
  const events = await play(port, await enter(port), { messages: [{ key: 'text' }], faults: ['slow-handler'], patience: 1_000 }) as Event[]
  const attempts = events.filter(({ attempt }) => attempt?.purpose === 'message').map(({ attempt }) => attempt as Event)
  const seen = events.filter(({ type }) => type === 'seen').map(({ seen }) => seen as Event)
  expect(attempts[0]).toMatchObject({ outcome: 'timeout' })
  expect(seen.findLast(({ handling }) => handling?.ms !== undefined)?.handling.ms).toBeGreaterThan(1_300)
})

test('every kind of the catalogue has a sample, and the app gets it as that kind', async () => {
  const { port } = await startApp({ handler: async () => undefined })
  const cookie = await enter(port)
  const { families } = JSON.parse((await raw(port, { path: '/playground/api/start', headers: { cookie } })).body) as { families: Array<{ kinds: string[][] }> }
  const keys = families.flatMap(({ kinds }) => kinds.map(([key]) => key as string))
  expect(keys.toSorted()).toEqual([...sampleKeys].sort())
  const kinds: string[] = []
  for (let from = 0; from < keys.length; from += 20) {
    const events = await play(port, cookie, { messages: keys.slice(from, from + 20).map(key => ({ key })) }) as Event[]
    kinds.push(...events.filter(({ type }) => type === 'message').map(({ kind }) => kind as string))
    for (const { seen } of events.filter(({ type }) => type === 'seen')) if (seen.context !== undefined) expect(keys).toContain(seen.context.kind)
  }
  expect(kinds).toEqual(keys)
})

test('a message may be any text, and what is none is told', async () => {
  const { port } = await startApp()
  const cookie = await enter(port)
  const events = await play(port, cookie, { messages: [{ text: '{"msgtype":"text","aibotid":"a","from":{"userid":"u"},"text":{"content":"hi"}}' }] }) as Event[]
  expect(events.find(({ type }) => type === 'message')).toMatchObject({ kind: 'aibot.text' })
  await expect(play(port, cookie, { messages: [{ text: 'hello' }] })).rejects.toThrow(/400 .*(XML|JSON)/)
  await expect(play(port, cookie, { messages: [{ key: 'nothing' }] })).rejects.toThrow(/there is no kind/)
  await expect(play(port, cookie, { messages: 'x' })).rejects.toThrow(/messages must be/)
  await expect(play(port, cookie, { messages: [], faults: ['x'] })).rejects.toThrow(/faults must be/)
  await expect(play(port, cookie, { messages: [], patience: 1 })).rejects.toThrow(/patience must be/)
})

test('requests that are not the playground\'s are left alone', async () => {
  const { app, log } = await startApp()
  await app.inject({ url: '/wecom/callback', headers: { 'x-fastify-wecom-playground': 'made-up' } })
  expect(log.some(({ code }) => code === 'WECOM_PARAMETER_INVALID')).toBe(true)
})

test('in production there is nothing, unless it is forced', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  const { app, log } = await startApp()
  expect((await app.inject({ url: `/playground?key=${KEY}`, headers: { host: 'localhost' } })).statusCode).toBe(404)
  expect(log.some(({ msg }) => /is off, because NODE_ENV is production/.test(String(msg)))).toBe(true)
  const forced = await startApp({ force: true })
  expect((await forced.app.inject({ url: `/playground?key=${KEY}`, headers: { host: 'localhost' } })).statusCode).toBe(200)
  vi.unstubAllEnvs()
})

test('the address is given with a fresh key for each start, or printed', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const urls = await Promise.all([1, 2].map(async () => await new Promise<string>(resolve => { startApp({ key: undefined, onAddress: resolve }) })))
  await startApp({ onAddress: undefined })
  const printed = written.mock.calls.map(([line]) => String(line)).join('')
  written.mockRestore()
  expect(urls[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/playground\?key=[\w-]{32}$/)
  expect(urls[0]?.split('=')[1]).not.toBe(urls[1]?.split('=')[1])
  expect(printed).toMatch(new RegExp(`WeCom playground {2}http://127\\.0\\.0\\.1:\\d+/playground\\?key=${KEY}\n`))
})

test('wrong options are named at the start', async () => {
  const register = async (options: object) => { await Fastify().register(wecom, { path: '/wecom/callback', credentials, handler: async () => undefined }).register(playground, { credentials, ...options } as never) }
  await expect(register({ target: 'http://evil.example/' })).rejects.toThrow(/target/)
  await expect(register({ target: '//evil.example/' })).rejects.toThrow(/target/)
  await expect(register({ path: 'playground' })).rejects.toThrow(/path/)
  await expect(register({ key: 'short' })).rejects.toThrow(/key to be 22 or more/)
  await expect(register({ credentials: undefined })).rejects.toThrow(/credentials/)
  await expect(register({ credentials: { ...credentials, encodingAESKey: 'x' } })).rejects.toThrow(/43/)
  await expect(register({ menu: [] })).rejects.toThrow(/menu/)
})

test('it may come before the plugin, and serves routes that the app owns, below a prefix', async () => {
  const app = Fastify() as unknown as FastifyInstance
  onTestFinished(async () => { await app.close() })
  await app.register(async scope => {
    await scope.register(playground, { credentials, target: '/corp/cb?x=1', path: '/play', key: KEY, onAddress: () => {} })
    await scope.register(wecom, { path: '/cb', credentials })
    scope.post('/cb', async (request, reply) => {
      request.wecom.log.child({ part: 'desk' }).info({ query: request.query }, 'asked')
      return reply.encrypted(text('own route'))
    })
  }, { prefix: '/corp' })
  await app.listen({ port: 0, host: '::1' })
  const { port } = app.server.address() as AddressInfo
  const headers = { host: `[::1]:${port}` }
  const page = await fetch(`http://[::1]:${port}/corp/play?key=${KEY}`, { headers })
  expect(await page.text()).toContain('src="/corp/play/page/main.js"')
  const cookie = page.headers.get('set-cookie')?.split(';')[0] as string
  const played = await fetch(`http://[::1]:${port}/corp/play/api/play`, { method: 'POST', headers: { ...headers, cookie, origin: `http://[::1]:${port}`, 'content-type': 'application/json' }, body: '{"messages":[{"key":"text"}]}' })
  const events = (await played.text()).trim().split('\n').map(line => JSON.parse(line) as Event)
  expect(events.findLast(({ type }) => type === 'attempt')?.attempt.reply.text).toBe('own route')
  expect(JSON.stringify(events)).toContain('"text":"asked"')
})

test('who closes the page stops what it plays', async () => {
  let runs = 0
  const { port } = await startApp({ handler: async () => { runs++; throw new Error('again') } })
  const cookie = await enter(port)
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/playground/api/play', agent: false, headers: { cookie, origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json' } })
  request.end(JSON.stringify({ messages: Array.from({ length: 20 }, () => ({ key: 'text' })), faults: ['slow-handler'], patience: 200 }))
  await once(request, 'response')
  await new Promise(resolve => setTimeout(resolve, 100))
  request.destroy()
  await new Promise(resolve => setTimeout(resolve, 700))
  const stopped = runs
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(runs).toBe(stopped)
  expect(runs).toBeLessThan(5)
})

test('a server that closes does not wait for what is played', async () => {
  const { app, port } = await startApp({ handler: async () => { throw new Error('again') } })
  const playing = play(port, await enter(port), { messages: Array.from({ length: 20 }, () => ({ key: 'text' })), faults: ['slow-handler'], patience: 1000 }).catch(() => [])
  await new Promise(resolve => setTimeout(resolve, 200))
  const started = Date.now()
  await app.close()
  // Twenty messages, four attempts each, of a second and more.
  expect(Date.now() - started).toBeLessThan(6_000)
  await playing
})

test('a handler that logs without end does not flood the page', async () => {
  const { port } = await startApp({ handler: async request => { for (let line = 0; line < 5000; line++) request.log.info(`line ${line}`) } })
  const events = await play(port, await enter(port), { messages: [{ key: 'text' }] }) as Event[]
  expect(JSON.stringify(events).length).toBeLessThan(100_000)
  expect(events.findLast(({ type }) => type === 'seen')?.seen.log).toHaveLength(100)
})
