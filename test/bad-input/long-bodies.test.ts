import { describe, expect, test } from 'vitest'
import { openRaw, send, target, type SendOptions } from '../support/http.js'
import { CONFIDENTIAL, expectComplaint, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listenForTest, type ServerOptions } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()
const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))

const LIMITS: { whose: string, limitedTo: (bytes: number) => Partial<ServerOptions> }[] = [
  { whose: 'the plugin', limitedTo: bodyLimit => ({ bodyLimit }) },
  { whose: 'the server', limitedTo: bodyLimit => ({ server: { bodyLimit } }) },
  { whose: "the plugin, above the server's", limitedTo: bodyLimit => ({ bodyLimit, server: { bodyLimit: 10 } }) }
]
const WAYS: { how: string, request: SendOptions }[] = [
  { how: 'with Content-Length', request: { query, body } },
  { how: 'in chunks', request: { query, chunks: [body.slice(0, 100), body.slice(100, 101), body.slice(101)] } }
]

describe.each(LIMITS)('the limit of $whose', ({ limitedTo }) => {
  test.each(WAYS)('lets a body of just its length pass, sent $how', async ({ request }) => {
    const server = await listenForTest({ credentials: settings, ...limitedTo(body.length) })
    expect((await send(server.port, request)).status).toBe(200)
    expect(server.seen).toHaveLength(1)
  })

  test.each(WAYS)('makes a body one byte longer 413, sent $how', async ({ request }) => {
    const server = await listenForTest({ credentials: settings, ...limitedTo(body.length - 1) })
    const line = await expectRefused(server, request, { status: 413, code: 'WECOM_BODY_TOO_LARGE', secrets: secretsOf(settings) })
    expect(line.msg).toContain(`at most ${body.length - 1} bytes`)
  })
})

test('what announces too much is 413 before it is sent, and the connection ends', async () => {
  const server = await listenForTest({ credentials: settings })
  const { socket, status, ended } = await openRaw(server.port)
  socket.write(`POST ${target('/wecom', query)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${262_144 + 1}\r\n\r\n<xml>`)
  expect(await status).toBe(413)
  expect(await ended).toMatch(/\r\n\r\nPayload Too Large$/)
  expectComplaint(server.log, 'WECOM_BODY_TOO_LARGE', secretsOf(settings))
})

test.each([
  ["256 KiB, as the server's is larger", {}, 262_144],
  ["256 KiB, though the server's was raised for uploads", { server: { bodyLimit: 100 * 1024 * 1024 } }, 262_144],
  ["the server's, where that is smaller", { server: { bodyLimit: 10_000 } }, 10_000],
  ["the plugin's", { bodyLimit: 300_000 }, 300_000],
  ["the route's own", { ownRoute: true, routeBodyLimit: 20_000 }, 20_000]
])('by default the limit is %s', async (_whose, options, limit) => {
  const server = await listenForTest({ credentials: settings, ...options })
  const passing = await send(server.port, { query, body: 'x'.repeat(limit) })
  const refused = await send(server.port, { query, body: 'x'.repeat(limit + 1) })
  expect([passing.status, refused.status]).toEqual([400, 413])
})

test('chunks without end are 413 as soon as the limit is passed, and the connection ends', async () => {
  const server = await listenForTest({ credentials: settings, bodyLimit: 100_000 })
  const { socket, status, ended } = await openRaw(server.port)
  socket.write(`POST ${target('/wecom', query)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const chunk = `2710\r\n${'x'.repeat(10_000)}\r\n`
  for (let i = 0; i < 10; i++) socket.write(chunk)
  expect(await Promise.race([status, new Promise(resolve => setTimeout(resolve, 100, 'still reading'))])).toBe('still reading')
  socket.write(chunk)
  expect(await status).toBe(413)
  await ended
  expectComplaint(server.log, 'WECOM_BODY_TOO_LARGE', secretsOf(settings))
})
