import { describe, expect, test } from 'vitest'
import { send, type Query } from '../support/http.js'
import { CONFIDENTIAL, expectRefused, secretsOf } from '../support/refusal.js'
import { newSettings, signMessage } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'

const settings = newSettings()

describe.each(['msg_signature', 'timestamp', 'nonce'] as const)('a message whose %s', name => {
  const { query: good, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
  const { [name]: value, ...others } = good
  const FAULTS: { fault: string, query: Query, got: string }[] = [
    { fault: 'is missing', query: others, got: 'got none' },
    { fault: 'is empty', query: { ...others, [name]: '' }, got: 'got an empty one' },
    { fault: 'comes twice', query: { ...others, [name]: [value, value] }, got: 'got 2' }
  ]

  test.each(FAULTS)('$fault is 400, and the log names the parameter', async ({ query, got }) => {
    const server = await listenForTest({ credentials: settings })
    const line = await expectRefused(server, { query, body }, { status: 400, code: 'WECOM_PARAMETER_INVALID', secrets: secretsOf(settings) })
    expect(line.msg).toContain(`one ${name}, ${got}.`)
  })

  test('was changed on the way is 401', async () => {
    const server = await listenForTest({ credentials: settings })
    await expectRefused(server, { query: { ...good, [name]: `${value}0` }, body }, { status: 401, code: 'WECOM_SIGNATURE_MISMATCH', secrets: secretsOf(settings) })
  })
})

test('other parameters reach the handler and are not signed, repeated or not', async () => {
  const server = await listenForTest({ credentials: settings })
  const { query, body } = signMessage(settings, xmlMessage(CONFIDENTIAL))
  expect((await send(server.port, { query: { ...query, corp: ['a', 'b'], echostr: 'x' }, body })).status).toBe(200)
  expect(server.seen[0]?.query).toMatchObject({ corp: ['a', 'b'], echostr: 'x' })
})

test('a message that was not encrypted is 400, signed or not, and the log says what it was', async () => {
  const server = await listenForTest({ credentials: settings })
  const { query } = signMessage(settings, 'x')
  const line = await expectRefused(server, { query, body: xmlMessage(CONFIDENTIAL) }, { status: 400, code: 'WECOM_ENVELOPE_INVALID', secrets: secretsOf(settings) })
  expect(line.msg).toContain('a message that is not encrypted')
})
