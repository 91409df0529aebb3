import { describe, expect, test } from 'vitest'
import { send, type Query } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf } from '../support/refusal.js'
import { encryptText, newSettings, signEcho, signQuery } from '../support/requests.js'
import { complaints, listenForTest } from '../support/server.js'

const settings = newSettings()
const PARAMETERS = ['msg_signature', 'timestamp', 'nonce', 'echostr'] as const

describe.each(PARAMETERS)('a verification whose %s', name => {
  const good = signEcho(settings, CONFIDENTIAL)
  const { [name]: value, ...others } = good
  const FAULTS: { fault: string, query: Query, got: string }[] = [
    { fault: 'is missing', query: others, got: 'got none' },
    { fault: 'is empty', query: { ...others, [name]: '' }, got: 'got an empty one' },
    { fault: 'comes twice, the same', query: { ...others, [name]: [value, value] }, got: 'got 2' },
    { fault: 'comes thrice, the good one first', query: { ...others, [name]: [value, 'x', 'y'] }, got: 'got 3' },
    { fault: 'comes twice, the good one last', query: { ...others, [name]: ['', value] }, got: 'got 2' }
  ]

  test.each(FAULTS)('$fault is 400, and the log names the parameter', async ({ query, got }) => {
    const server = await listenForTest({ credentials: settings })
    const line = await expectRefused(server, { query }, { status: 400, code: 'WECOM_PARAMETER_INVALID', secrets: secretsOf(settings) })
    expect(line.msg).toContain(`one ${name}, ${got}.`)
  })
})

test('a visit without any query is 400', async () => {
  const server = await listenForTest({ credentials: settings })
  await expectRefused(server, {}, { status: 400, code: 'WECOM_PARAMETER_INVALID', secrets: secretsOf(settings) })
})

test.each([['%2B twice encoded', (echostr: string) => encodeURIComponent(encodeURIComponent(echostr))], ['another echostr', () => encodeURIComponent(encryptText(settings, 'x'))]])(
  'a signature that was not made for the echostr is 401: %s', async (_, spoil) => {
    const server = await listenForTest({ credentials: settings })
    const { echostr, ...signed } = signEchoWithPlus()
    const path = `/wecom?${new URLSearchParams(signed).toString()}&echostr=${spoil(echostr)}`
    await expectRefused(server, { path }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: secretsOf(settings) })
  })

const SPELLINGS: { plus: string, write: (echostr: string) => string }[] = [
  { plus: 'bare, which a form reads as a space', write: echostr => echostr },
  { plus: 'as %2B', write: echostr => encodeURIComponent(echostr) },
  { plus: 'as %20', write: echostr => encodeURIComponent(echostr.replaceAll('+', ' ')) }
]

test.each(SPELLINGS)('a + in echostr may come $plus', async ({ write }) => {
  const server = await listenForTest({ credentials: settings })
  const { echostr, ...signed } = signEchoWithPlus()
  const path = `/wecom?${new URLSearchParams(signed).toString()}&echostr=${write(echostr)}`
  expect(await send(server.port, { path })).toMatchObject({ status: 200, body: '1616140317555161061' })
  expect(complaints(server.log)).toEqual([])
})

test('other parameters do not matter, repeated or not', async () => {
  const server = await listenForTest({ credentials: settings })
  const query = { utm: ['a', 'a'], corp: 'x', ...signEcho(settings, '1616140317555161061'), state: '', ['__proto__']: 'x' }
  expect(await send(server.port, { query })).toMatchObject({ status: 200, body: '1616140317555161061' })
})

describe('the signature', () => {
  const { msg_signature: signature, ...others } = signEcho(settings, '1616140317555161061')

  test.each(['msg_signature', 'msgsignature', 'signature'])('may be called %s', async name => {
    const server = await listenForTest({ credentials: settings })
    expect(await send(server.port, { query: { ...others, [name]: signature } })).toMatchObject({ status: 200, body: '1616140317555161061' })
  })

  test.each([
    ['msg_signature', 'msgsignature'], ['msg_signature', 'signature'], ['msgsignature', 'signature']
  ] as const)('that counts is %s where %s comes as well', async (first, second) => {
    const server = await listenForTest({ credentials: settings })
    expect((await send(server.port, { query: { ...others, [second]: 'x', [first]: signature } })).status).toBe(200)
    await expectRefused(server, { query: { ...others, [second]: signature, [first]: 'x' } }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: secretsOf(settings) })
  })
})

test.each(['1616140317555161061', '0', '"quoted"', '{"json":1}', '  blanks  ', 'line\r\nbreak\n', '\uFEFFmark', '企业微信😀', ''])('the answer is the bare text, byte for byte: %j', async text => {
  const server = await listenForTest({ credentials: settings })
  const answer = await send(server.port, { query: signEcho(settings, text) })
  expect(answer).toMatchObject({ status: 200, body: text })
  expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(Buffer.byteLength(text)) })
})

function signEchoWithPlus () {
  for (;;) {
    const echostr = encryptText(settings, '1616140317555161061')
    if (echostr.includes('+')) return { ...signQuery(settings, echostr), echostr }
  }
}
