import { describe, expect, test } from 'vitest'
import { openRaw, send, target } from '../support/http.js'
import { expectComplaint, mark } from '../support/refusal.js'
import { encryptText, newSettings, signMessage, signQuery } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { xmlMessage } from '../support/texts.js'
import { expectAlive, expectHostileRefused, withinASecond } from './expectations.js'

const settings = newSettings()
const encrypted = encryptText(settings, xmlMessage('nested'))
const query = signQuery(settings, encrypted)

/** The bodies that hostile.jsonl cuts short (175, 176, 221), and the same thought in JSON. All properly signed. */
const BODIES: { name: string, body: string }[] = [
  { name: '20,000 nested tags', body: nested('<a>', '</a>', 20_000) },
  { name: '200,000 nested tags after a good Encrypt', body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt>${nested('<a>', '</a>', 200_000)}</xml>` },
  { name: '200,000 nested tags after ToUserName and a good Encrypt', body: `<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt>${nested('<a>', '</a>', 200_000)}</xml>` },
  { name: '200,000 open tags before a good Encrypt', body: `<xml>${'<a>'.repeat(200_000)}<Encrypt><![CDATA[${encrypted}]]></Encrypt>` },
  { name: '200,000 nested brackets', body: nested('[', ']', 200_000) },
  { name: '200,000 open brackets', body: '['.repeat(200_000) },
  { name: '200,000 nested brackets beside a good encrypt', body: `{"encrypt":"${encrypted}","x":${nested('[', ']', 200_000)}}` },
  { name: '200,000 nested objects beside a good Encrypt', body: `{"Encrypt":"${encrypted}","x":${nested('{"x":', '}', 200_000, '1')}}` }
]

describe.each(BODIES)('$name', ({ body }) => {
  test('are refused by the parser within a second, and the server lives on', async () => {
    const server = await listenForTest({ credentials: settings, bodyLimit: 4 * 1024 * 1024 })
    const since = mark(server)
    const answer = await withinASecond(send(server.port, { query, body }))
    expectHostileRefused(server, since, answer, settings, 'WECOM_ENVELOPE_INVALID')
    await expectAlive(server, settings)
  })

  test('stop at the limit of the server where they are longer', async () => {
    const server = await listenForTest({ credentials: settings })
    const tooLong = body.length > 256 * 1024
    const { socket, status } = await openRaw(server.port)
    socket.write(`POST ${target('/wecom', query)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(tooLong ? body.slice(0, 1000) : body)
    expect(await withinASecond(status)).toBe(tooLong ? 413 : 400)
    socket.destroy()
    expectComplaint(server.log, tooLong ? 'WECOM_BODY_TOO_LARGE' : 'WECOM_ENVELOPE_INVALID', [settings.token, settings.encodingAESKey])
    await expectAlive(server, settings)
  })
})

/** Inside, where only who has token and key can put it. */
const MESSAGES: { name: string, message: string }[] = [
  { name: 'XML of 200,000 levels', message: `<xml><MsgType>text</MsgType>${nested('<a>', '</a>', 200_000)}</xml>` },
  { name: 'a JSON list of 200,000 levels', message: `{"MsgType":"text","x":${nested('[', ']', 200_000)}}` },
  { name: 'a JSON object of 200,000 levels', message: `{"MsgType":"text","x":${nested('{"x":', '}', 200_000, '1')}}` }
]

test.each(MESSAGES)('a message that is $name reaches no handler', async ({ message }) => {
  const server = await listenForTest({ credentials: settings, bodyLimit: 4 * 1024 * 1024 })
  const since = mark(server)
  const answer = await withinASecond(send(server.port, signMessage(settings, message)))
  expectHostileRefused(server, since, answer, settings, 'WECOM_MESSAGE_INVALID')
  await expectAlive(server, settings)
})

function nested (open: string, close: string, levels: number, core = ''): string {
  return open.repeat(levels) + core + close.repeat(levels)
}
