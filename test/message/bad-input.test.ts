import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createRouter, type WecomError } from '../../src/index.js'
import { encrypt } from '../support/wecom-aes.js'
import { appWith, send } from './callback.ts'

let app: FastifyInstance
let runs = 0
let refused: WecomError | undefined

beforeAll(async () => {
  const count = () => { runs++ }
  const router = createRouter().on(['text', 'event', 'info', 'aibot', 'groupbot'], count).onUnhandled(count)
  app = await appWith(router, { bodyLimit: 16 * 1024 * 1024, onError: error => { refused = error } })
})
afterAll(async () => { await app.close() })
beforeEach(() => { runs = 0; refused = undefined })

const MEGABYTE = 2 ** 20
const deep = (open: string, close: string, inside: string) => {
  const times = Math.floor(MEGABYTE / (open.length + close.length))
  return `${open.repeat(times)}${inside}${close.repeat(times)}`
}
const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`).join('') + ']>'

test.each([
  ['XML that is no message', '<html><body>hello</body></html>'],
  ['a root without fields', '<xml></xml>'],
  ['a root with text only', '<xml>\n</xml>'],
  ['two roots', '<xml><MsgType>text</MsgType></xml><xml/>'],
  ['XML that is cut off', '<xml><MsgType>text</MsgType>'],
  ['an element that is not closed', '<xml><MsgType>text</xml>'],
  ['a CDATA section that is not closed', '<xml><MsgType><![CDATA[text</MsgType></xml>'],
  ['an empty text', ''],
  ['blanks', ' \n '],
  ['plain text', 'hello'],
  ['a JSON list', '[{"MsgType":"text"}]'],
  ['a JSON object without fields', '{}'],
  ['a JSON object with inert fields only', '{"__proto__":{"a":1}}'],
  ['JSON that is cut off', '{"MsgType":"text"'],
  ['JSON with more behind it', '{"MsgType":"text"}{}'],
  ['JSON with a key twice', '{"MsgType":"text","MsgType":"event"}'],
  ['JSON with a nested key twice', '{"msgtype":"text","text":{"content":"a","content":"b"}}'],
  ['JSON with a key twice and one value', '{"MsgType":"text","MsgType":"text"}'],
  ['JSON with a key twice, a line end in it', '{"a\\n":1,"a\\u000a":1}'],
  ['JSON with a key twice, a tab and a backslash in it', '{"a\\t\\\\n":1,"a\\u0009\\u005cn":1}'],
  ['JSON with a key twice, an escape that is none in it', '{"a\\q":1,"a\\q":1}'],
  ['JSON with a key twice, once escaped', '{"MsgType":"text","Msg\\u0054ype":"text"}'],
  ['JSON with a quote that is not closed', '{"MsgType":"text'],
  ['1 MB of quotes', `{"a":${'"'.repeat(MEGABYTE)}`],
  ['1 MB of backslashes in a text that is not closed', `{"a":"${'\\\\'.repeat(MEGABYTE / 2)}`],
  ['1 MB of escaped quotes in a text that is not closed', `{"a":"${'\\"'.repeat(MEGABYTE / 2)}`],
  ['1 MB of nested elements', `<xml>${deep('<a>', '</a>', '1')}</xml>`],
  ['1 MB of opening tags', `<xml>${'<a>'.repeat(MEGABYTE / 3)}`],
  ['1 MB of nested JSON objects', deep('{"a":', '}', '1')],
  ['1 MB of nested JSON lists', `{"a":${deep('[', ']', '')}}`],
  ['1 MB of opening brackets', `{"a":${'['.repeat(MEGABYTE)}`],
  ['too many elements', `<xml>${'<a/>'.repeat(30_000)}</xml>`],
  ['an entity bomb', `${bomb}<xml><MsgType>text</MsgType><Content>&j;</Content></xml>`],
  ['an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>text</MsgType><Content>&a;</Content></xml>'],
  ['a DOCTYPE without entities', '<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>']
])('%s is refused as no message, and no handler runs', async (_what, text) => {
  const before = process.memoryUsage().heapUsed
  const started = process.cpuUsage()
  const { statusCode, body } = await send(app, text)
  expect({ statusCode, body, code: refused?.code, errcode: refused?.errcode, runs }).toEqual({ statusCode: 400, body: 'Bad Request', code: 'WECOM_MESSAGE_INVALID', errcode: -40002, runs: 0 })
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * MEGABYTE)
  const { user, system } = process.cpuUsage(started)
  // Microseconds of the processor, as a busy machine takes longer.
  expect(user + system).toBeLessThan(2_000_000)
})

test('bytes that are not UTF-8 are refused, and no handler runs', async () => {
  const { statusCode } = await sendBytes(Buffer.from('<xml><MsgType>text</MsgType><Content>\xff\xfe</Content></xml>', 'latin1'))
  expect({ statusCode, code: refused?.code, runs }).toEqual({ statusCode: 400, code: 'WECOM_PLAINTEXT_INVALID', runs: 0 })
})

test('an undefined entity stays what was sent', async () => {
  expect((await send(app, '<xml><MsgType>text</MsgType><Content>&nbsp;</Content></xml>')).statusCode).toBe(200)
  expect(runs).toBe(1)
})

test('no error text quotes the message', async () => {
  await send(app, '<xml><Secret>s3cr3t')
  expect(refused?.message).toMatch(/no well-formed XML/)
  expect(refused?.message).not.toMatch(/s3cr3t/)
})

/** WeCom's library seals text only. */
async function sendBytes (bytes: Buffer) {
  const { getSignature } = await import('@wecom/crypto')
  const { KEY, RECEIVE_ID, TOKEN } = await import('./callback.ts')
  const sealed = encrypt(KEY, bytes, RECEIVE_ID)
  const timestamp = String(Math.floor(Date.now() / 1000))
  return await app.inject({ method: 'POST', url: '/callback', query: { msg_signature: getSignature(TOKEN, timestamp, 'n', sealed), timestamp, nonce: 'n' }, payload: JSON.stringify({ encrypt: sealed }) })
}
