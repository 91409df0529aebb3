import { describe, expect, test } from 'vitest'
import { text } from '../../src/index.js'
import { send } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, nowSeconds, openReply, signEcho, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()
const MESSAGE = xmlMessage(CONFIDENTIAL)
const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g

const OFFSETS = [
  { offset: 0, passes: true }, { offset: -290, passes: true }, { offset: 290, passes: true },
  { offset: -310, passes: false }, { offset: 310, passes: false }, { offset: -86_400, passes: false }, { offset: 1_000_000_000, passes: false }
]

describe.each(OFFSETS)('signed $offset seconds from now', ({ offset, passes }) => {
  test.each([
    ['message', () => signMessage(settings, MESSAGE, 'xml', { timestamp: nowSeconds(offset) })],
    ['verification', () => ({ query: signEcho(settings, CONFIDENTIAL, { timestamp: nowSeconds(offset) }) })]
  ] as const)(`a %s ${passes ? 'passes' : 'is 401, and the log names both clocks'}`, async (_, sign) => {
    const server = await listenForTest({ credentials: settings })
    if (passes) {
      expect((await send(server.port, sign())).status).toBe(200)
      return
    }
    const line = await expectRefused(server, sign(), { status: 401, code: 'WECOM_TIMESTAMP_OUT_OF_RANGE', secrets: secretsOf(settings) })
    const clocks = (line.msg.match(ISO) ?? []).map(clock => Date.parse(clock) / 1000)
    expect(clocks).toHaveLength(2)
    expect(Math.abs(clocks[0] as number - Number(nowSeconds()))).toBeLessThan(5)
    expect(Math.abs(clocks[1] as number - Number(nowSeconds(offset)))).toBeLessThan(5)
  })
})

test.each(['now', '-1', '1e10', '0x1', ' ', '1409659813.5', '١٤٠٩', 'NaN', 'Infinity', '9'.repeat(15), '9'.repeat(400), `${nowSeconds()}000`, `${nowSeconds()} `])(
  'a timestamp that is no second of our time is 401 though signed so: %j', async timestamp => {
    const server = await listenForTest({ credentials: settings })
    const line = await expectRefused(server, signMessage(settings, MESSAGE, 'xml', { timestamp }), { status: 401, code: 'WECOM_TIMESTAMP_OUT_OF_RANGE', secrets: secretsOf(settings) })
    expect(line.msg.match(ISO)?.length).toBeGreaterThanOrEqual(1)
    expect(line.msg.length).toBeLessThan(600)
  })

test('the signature is looked at first: a stranger learns nothing about the clock', async () => {
  const server = await listenForTest({ credentials: settings })
  const { query, body } = signMessage(settings, MESSAGE, 'xml', { timestamp: nowSeconds(-10_000) })
  await expectRefused(server, { query: { ...query, nonce: 'x' }, body }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: secretsOf(settings) })
})

test('timestampTolerance narrows the window', async () => {
  const server = await listenForTest({ credentials: settings, timestampTolerance: 10_000 })
  expect((await send(server.port, signMessage(settings, MESSAGE, 'xml', { timestamp: nowSeconds(-5) }))).status).toBe(200)
  const line = await expectRefused(server, signMessage(settings, MESSAGE, 'xml', { timestamp: nowSeconds(-20) }), { status: 401, code: 'WECOM_TIMESTAMP_OUT_OF_RANGE', secrets: secretsOf(settings) })
  expect(line.msg).toContain('within 10 s')
})

test('Infinity turns the check off', async () => {
  const server = await listenForTest({ credentials: settings, timestampTolerance: Infinity })
  for (const timestamp of ['1', '1409659813', nowSeconds(1_000_000)]) {
    expect((await send(server.port, signMessage(settings, MESSAGE, 'xml', { timestamp }))).status).toBe(200)
  }
})

test('the same request again within the window is answered alike', async () => {
  const server = await listenForTest({ credentials: settings, reply: text('hi') })
  const request = signMessage(settings, MESSAGE)
  const answers = [await send(server.port, request), await send(server.port, request), ...await Promise.all([send(server.port, request), send(server.port, request)])]
  for (const { status, body } of answers) {
    expect(status).toBe(200)
    expect(openReply(settings, body, 'xml')).toMatchObject({ nonce: request.query.nonce, plaintext: expect.stringContaining('<![CDATA[hi]]>') })
  }
  const echo = { query: signEcho(settings, '123') }
  for (let i = 0; i < 3; i++) expect(await send(server.port, echo)).toMatchObject({ status: 200, body: '123' })
})
