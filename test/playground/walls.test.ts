import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { isLoopback } from '../../src/playground/remote.js'
import { isForwarding } from '../../src/playground/walls.js'
import { enter, KEY, raw, startApp, type RawRequest, type Running } from './app.js'

const start = async (test: (running: Running, cookie: string) => Promise<void>) => {
  const running = await startApp()
  await test(running, await enter(running.port))
}

describe('what comes in', () => {
  test('the printed address opens the page and gives a cookie, which then does for the rest', async () => {
    await start(async ({ port }, cookie) => {
      const page = await raw(port, {})
      expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<div id="root" data-base="/playground">') as string })
      expect(page.headers['set-cookie']?.[0]).toMatch(/^wecom_playground_[0-9a-f]{8}=[\w-]{32}; Path=\/playground; HttpOnly; SameSite=Strict$/)
      expect(page.headers['set-cookie']?.[0]).not.toContain(KEY)
      for (const path of ['/playground', '/playground/api/start', '/playground/page/style/base.css']) expect((await raw(port, { path, headers: { cookie } })).status).toBe(200)
    })
  })

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.0.0.1:8080', '[::1]', '[::1]:3000'])('Host %s is let in', async host => {
    const { port } = await startApp()
    expect((await raw(port, { headers: { host } })).status).toBe(200)
  })

  test('a link on another site is followed if it has the key', async () => {
    const { port } = await startApp()
    expect((await raw(port, { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' } })).status).toBe(200)
  })
})

describe('what is refused, with an empty 403 and its reason in the log', () => {
  const host = (host: string): RawRequest => ({ headers: { host } })
  const post = (headers: Record<string, string>): RawRequest => ({ method: 'POST', path: '/playground/api/play', headers: { 'content-type': 'application/json', ...headers }, body: '{"messages":[]}' })
  const forwarding = [
    'Forwarded', 'Via', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Anything', 'X-Real-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Original-Host', 'CF-Connecting-IP', 'CF-Ray',
    'CDN-Loop', 'True-Client-IP', 'Fastly-Client-IP', 'Ngrok-Skip-Browser-Warning', 'Tailscale-User-Login', 'X-Amzn-Trace-Id', 'X-Envoy-External-Address', 'Ali-CDN-Real-IP', 'WL-Proxy-Client-IP'
  ]
  const cases: Array<[name: string, request: RawRequest, reason: RegExp]> = [
    ['no key', { path: '/playground' }, /neither the key/],
    ['an empty key', { path: '/playground?key=' }, /neither the key/],
    ['a wrong key', { path: `/playground?key=${KEY}x` }, /neither the key/],
    ['the key twice', { path: `/playground?key=x&key=${KEY}` }, /neither the key/],
    ['a wrong cookie', { path: '/playground/api/start', headers: { cookie: 'wecom_playground_00000000=x' } }, /neither the key/],
    ['the key as cookie', { path: '/playground/api/start', headers: { cookie: `wecom_playground_00000000=${KEY}` } }, /neither the key/],
    ['the key anywhere but on the page', { path: `/playground/api/start?key=${KEY}` }, /neither the key/],
    ['another Host', host('evil.example'), /its Host/],
    ['a Host that begins right', host('localhost.evil.example'), /its Host/],
    ['a Host that resolves to this machine', host('127.0.0.1.nip.io'), /its Host/],
    ['a Host with two ports', host('localhost:1:2'), /its Host/],
    ['a Host with user information', host('evil@localhost'), /its Host/],
    ['another address of this machine', host('192.168.0.1:3000'), /its Host/],
    ['a POST of another site', post({ origin: 'https://evil.example' }), /its Origin/],
    ['a POST of another port', post({ origin: 'http://localhost:1' }), /its Origin/],
    ['a POST of a sandbox', post({ origin: 'null' }), /its Origin/],
    ['a POST without Origin', post({}), /without Origin/],
    ['a GET of another site', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' } }, /Sec-Fetch-Site/],
    ['a GET of another port', { headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }, /Sec-Fetch-Site/],
    ['a frame', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' } }, /Sec-Fetch-Site/],
    ...forwarding.map((name): [string, RawRequest, RegExp] => [`the header ${name}`, { headers: { [name]: '127.0.0.1' } }, /it was forwarded/]),
    ...['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method): [string, RawRequest, RegExp] => [`the method ${method}`, { method }, /its method/])
  ]
  let running: Running
  let cookie: string

  test.each(cases)('%s', async (_name, request, reason) => {
    running = await startApp()
    const { status, body, headers } = await raw(running.port, request)
    expect({ status, body }).toEqual({ status: 403, body: '' })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['set-cookie']).toBeUndefined()
    expect(running.log.filter(({ level }) => level === 40).map(line => line.reason)).toEqual([expect.stringMatching(reason)])
  })

  test('a browser that opens the page without the key is told what to do, and a wall says nothing still', async () => {
    running = await startApp()
    const visit = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const refused = await raw(running.port, { path: '/playground', headers: visit })
    expect(refused).toMatchObject({ status: 403, body: expect.stringMatching(/Open the address that the server printed.*请打开服务器启动时打印的地址/s) as string })
    expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(await raw(running.port, { path: '/playground', headers: { ...visit, host: 'evil.example' } })).toMatchObject({ status: 403, body: '' })
  })

  test('the cookie outlives a restart where the key was chosen, and only there', async () => {
    for (const [key, status] of [[KEY, 200], [undefined, 403]] as const) {
      let url = ''
      const first = await startApp({ key, onAddress: address => { url = address } })
      const { headers } = await raw(first.port, { path: new URL(url).pathname + new URL(url).search })
      const given = headers['set-cookie']?.[0]?.split(';')[0] as string
      const { port } = await startApp({ key })
      expect((await raw(port, { path: '/playground/api/start', headers: { cookie: given } })).status).toBe(status)
    }
  })

  test('a POST that the browser says comes from elsewhere, though its Origin is right', async () => {
    running = await startApp()
    cookie = await enter(running.port)
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect(await raw(running.port, post({ cookie, origin: `http://localhost:${running.port}`, 'sec-fetch-site': site }))).toMatchObject({ status: 403, body: '' })
    }
  })

  test.each(['192.168.1.7', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined])('a socket from %s, whatever trustProxy makes of it', async remoteAddress => {
    const { app } = await startApp({ server: { trustProxy: true } })
    const { statusCode, body } = await app.inject({ url: `/playground?key=${KEY}`, headers: { host: 'localhost' }, remoteAddress: remoteAddress as string })
    // Without an address inject takes 127.0.0.1.
    expect([statusCode, body === '']).toEqual(remoteAddress === undefined ? [200, false] : [403, true])
  })

  test('a request with two Hosts', async () => {
    const { port } = await startApp()
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /playground?key=${KEY} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
    expect(await readText(socket)).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})

describe('behind the walls', () => {
  const traversals = ['/page/../serve.js', '/page/%2e%2e/serve.js', '/page/..%2fserve.js', '/page/%2e%2e%2f%2e%2e%2fpackage.json', '/page//etc/passwd', '/page/style', '/page/', '/page/tsconfig.json', '/nothing', '/api/', '/']

  test.each(traversals)('%s is an empty 404', async path => {
    await start(async ({ port }, cookie) => {
      expect(await raw(port, { path: `/playground${path}`, headers: { cookie } })).toMatchObject({ status: 404, body: '' })
    })
  })

  test.each([
    ['a body beyond 256 KiB', 413, 'application/json', JSON.stringify({ messages: [{ text: 'x'.repeat(300_000) }] })],
    ['a body that is no JSON', 400, 'application/json', '{'],
    ['a body with __proto__', 400, 'application/json', '{"messages":[],"__proto__":{"a":1}}'],
    ['a form', 415, 'application/x-www-form-urlencoded', 'messages=1'],
    ['a text, which needs no preflight', 415, 'text/plain', '{"messages":[]}']
  ])('%s is refused with nothing in the answer', async (_name, status, type, body) => {
    await start(async ({ port }, cookie) => {
      const headers = { cookie, origin: `http://localhost:${port}`, 'content-type': type }
      expect(await raw(port, { method: 'POST', path: '/playground/api/play', headers, body })).toMatchObject({ status, body: '' })
    })
  })

  test('every answer is held to a strict policy and stored nowhere, whatever the app adds', async () => {
    const { app, port } = await startApp({ server: {} })
    expect(app.hasPlugin('fastify-wecom-playground')).toBe(true)
    const { headers } = await raw(port, {})
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store'
    })
  })
})

describe('the parts', () => {
  beforeAll(() => { expect(isForwarding('host')).toBe(false) })

  test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])('%s is this machine', address => { expect(isLoopback(address)).toBe(true) })
  test.each(['128.0.0.1', '::2', '::ffff:128.0.0.1', '127.0.0.1.evil', '', undefined])('%s is not', address => { expect(isLoopback(address)).toBe(false) })

  test.each(['accept', 'accept-language', 'cache-control', 'connection', 'content-type', 'cookie', 'origin', 'sec-ch-ua', 'sec-fetch-site', 'user-agent', 'upgrade-insecure-requests', 'dnt', 'priority'])('%s is a header that browsers send', name => {
    expect(isForwarding(name)).toBe(false)
  })
})
