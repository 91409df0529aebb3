import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openRaw, send, target, type SendOptions } from '../support/http.js'
import { CONFIDENTIAL, expectComplaint, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { jsonMessage, xmlMessage } from '../support/texts.js'

const settings = newSettings()
const XML = xmlMessage(CONFIDENTIAL)
const JSON_TEXT = jsonMessage(CONFIDENTIAL)

const CONTENT_TYPES: { type: string, headers: Record<string, string> }[] = [
  { type: 'none', headers: {} },
  { type: 'an empty one', headers: { 'content-type': '' } },
  ...[
    'text/xml', 'application/xml; charset=utf-8', 'application/json', 'application/json; charset=gbk', 'text/plain', 'application/octet-stream',
    'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'garbage', '/', ';;;', 'text/xml, application/json', 'application/x-wecom-callback', '*/*', 'é'
  ].map(type => ({ type, headers: { 'content-type': type } }))
]

const MIXTURES = [
  ['XML', XML, 'xml'], ['JSON', JSON_TEXT, 'json'], ['JSON with capital keys', JSON_TEXT, 'Json'], ['XML in JSON', XML, 'json'], ['JSON in XML', JSON_TEXT, 'xml']
] as const

describe.each([{ form: 'a handler given to the plugin', ownRoute: false }, { form: 'a POST route of the app', ownRoute: true }])('$form', ({ ownRoute }) => {
  describe.each(CONTENT_TYPES)('with the Content-Type $type', ({ headers }) => {
    test.each(MIXTURES)('gets %s', async (_, message, style) => {
      const server = await listenForTest({ credentials: settings, ownRoute })
      expect((await send(server.port, { ...signMessage(settings, message, style), headers })).status).toBe(200)
      expect(server.seen.map(({ plaintext, envelopeFormat }) => ({ plaintext, envelopeFormat }))).toEqual([{ plaintext: message, envelopeFormat: style === 'xml' ? 'xml' : 'json' }])
    })
  })
})

test.each([['one byte at a time', 1], ['cut in the middle of characters', 7], ['in two', 500]])('a body that comes in chunks is accepted: %s', async (_, size) => {
  const server = await listenForTest({ credentials: settings })
  const { query, body } = signMessage(settings, XML, 'json')
  // Outside Encrypt, so that there are characters of several bytes to cut.
  const bytes = Buffer.from(body.replace('"agentid"', '"企业":"微信","agentid"'))
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
  expect((await send(server.port, { query, chunks })).status).toBe(200)
  expect(server.seen.map(({ plaintext }) => plaintext)).toEqual([XML])
})

test.each([['a BOM', '\uFEFF', ''], ['blank lines', '\r\n \t', '\n\n'], ['a BOM and blanks', '\uFEFF \n', ' ']])('%s around the envelope does not matter', async (_, before, after) => {
  const server = await listenForTest({ credentials: settings })
  for (const style of ['xml', 'json'] as const) {
    const { query, body } = signMessage(settings, XML, style)
    expect((await send(server.port, { query, body: before + body + after })).status).toBe(200)
  }
  expect(server.seen).toHaveLength(2)
})

const { query, body } = signMessage(settings, XML)
const ENCODINGS: { encoding: string, sent: string | Buffer }[] = [
  { encoding: 'gzip', sent: gzipSync(body) },
  { encoding: 'GZIP', sent: gzipSync(body) },
  { encoding: 'deflate', sent: deflateSync(body) },
  { encoding: 'br', sent: brotliCompressSync(body) },
  { encoding: 'identity, gzip', sent: gzipSync(body) },
  { encoding: 'gzip', sent: body },
  { encoding: 'utf-8', sent: body }
]

test.each(ENCODINGS)('a body with Content-Encoding $encoding is 415', async ({ encoding, sent }) => {
  const server = await listenForTest({ credentials: settings })
  const line = await expectRefused(server, { query, body: sent, headers: { 'content-encoding': encoding } }, { status: 415, code: 'WECOM_CONTENT_ENCODING_UNSUPPORTED', secrets: secretsOf(settings) })
  expect(line.msg).toContain(JSON.stringify(encoding))
})

test('Content-Encoding identity is no encoding', async () => {
  const server = await listenForTest({ credentials: settings })
  expect((await send(server.port, { query, body, headers: { 'content-encoding': 'identity' } })).status).toBe(200)
})

test('gzip without a Content-Encoding is 400: bytes that are no text', async () => {
  const server = await listenForTest({ credentials: settings })
  await expectRefused(server, { query, body: gzipSync(body) }, { status: 400, code: 'WECOM_ENVELOPE_INVALID', secrets: secretsOf(settings) })
})

const EMPTY: { name: string, request: SendOptions }[] = [
  { name: 'Content-Length: 0', request: { method: 'POST', query, body: '' } },
  { name: 'Content-Length: 0 and a Content-Type', request: { method: 'POST', query, body: '', headers: { 'content-type': 'text/xml' } } },
  { name: 'no chunk but the last', request: { method: 'POST', query, chunks: [], headers: { 'transfer-encoding': 'chunked' } } }
]

test.each(EMPTY)('an empty body is 400: $name', async ({ request }) => {
  const server = await listenForTest({ credentials: settings })
  await expectRefused(server, request, { status: 400, code: 'WECOM_BODY_EMPTY', secrets: secretsOf(settings) })
})

test('a POST with neither Content-Length nor Transfer-Encoding is 400', async () => {
  const server = await listenForTest({ credentials: settings })
  const { socket, ended } = await openRaw(server.port)
  socket.write(`POST ${target('/wecom', query)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  expect(await ended).toMatch(/^HTTP\/1\.1 400 .+\r\n\r\nBad Request$/s)
  expect(server.seen).toEqual([])
  expectComplaint(server.log, 'WECOM_BODY_EMPTY', secretsOf(settings))
})

test('a body of blanks only is 400', async () => {
  const server = await listenForTest({ credentials: settings })
  await expectRefused(server, { query, body: ' \n' }, { status: 400, code: 'WECOM_ENVELOPE_INVALID', secrets: secretsOf(settings) })
})
