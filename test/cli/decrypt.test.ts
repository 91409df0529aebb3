import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encryptBytes, envelope, newSettings, signEcho, signMessage, signQuery, uint32, type Settings } from '../support/requests.js'
import { target } from '../support/http.js'
import { decryptRaw } from '../support/wecom-aes.js'
import { runCli } from './run.js'

interface Report { ok: boolean, steps: Array<{ step: string, state: string, found: string, cause?: string, fix?: string }>, plaintext?: string, kind?: string }

const settings = newSettings()
const envOf = ({ token, encodingAESKey, receiveId }: Settings) => ({ WECOM_TOKEN: token, WECOM_ENCODING_AES_KEY: encodingAESKey, WECOM_RECEIVE_ID: receiveId })
const TEXT = '<xml><MsgType>text</MsgType><Content>你好</Content></xml>'

async function decrypt (args: string[], input = '', from = settings): Promise<{ code: number | null, report: Report }> {
  const { code, out, err } = await runCli(['decrypt', '--json', ...args], { env: envOf(from), input })
  expect(err).toBe('')
  return { code, report: JSON.parse(out) as Report }
}

const failed = ({ steps }: Report) => steps.filter(({ state }) => state === 'failed').map(({ step }) => step)
const ok = (report: Report) => { expect(failed(report)).toEqual([]); return report.steps.map(({ step }) => step) }
const message = (from = settings, style: 'xml' | 'json' = 'xml') => {
  const { query, body } = signMessage(from, TEXT, style)
  return { url: target('https://example.invalid/wecom', query), body }
}

/** A key that makes noise of a body, in which no padding stands by chance (it does once in 256 times). */
function otherKey (body: string): string {
  const encrypted = /[\w+/]{60,}={0,2}/.exec(body)?.[0] ?? ''
  for (;;) {
    const { encodingAESKey } = newSettings()
    if ((decryptRaw(encodingAESKey, encrypted).at(-1) ?? 0) > 32) return encodingAESKey
  }
}

describe('shows every step of', () => {
  test('a message, URL and body as arguments', async () => {
    const { url, body } = message()
    const { code, report } = await decrypt([url, body])
    expect(ok(report)).toEqual(['parameters', 'envelope', 'signature', 'base64', 'aes', 'padding', 'length', 'receiveId', 'message'])
    expect({ code, ok: report.ok, plaintext: report.plaintext, kind: report.kind }).toEqual({ code: 0, ok: true, plaintext: TEXT, kind: 'text' })
  })

  test('a message piped in: the line of an access log, then the body', async () => {
    const { url, body } = message(settings, 'json')
    const { report } = await decrypt([], `1.2.3.4 - - "POST ${url.slice('https://example.invalid'.length)} HTTP/1.1" 401 12\n\n${body}\n`)
    ok(report)
    expect(report.plaintext).toBe(TEXT)
  })

  test('a body piped in, the URL as argument', async () => {
    const { url, body } = message()
    ok((await decrypt([url], body)).report)
  })

  test('URL verification', async () => {
    const { report } = await decrypt([target('/wecom', signEcho(settings, '123'))])
    ok(report)
    expect(report.plaintext).toBe('123')
  })

  test('what WeCom itself encrypted', async () => {
    for (const line of readFileSync(new URL('../vectors/wecom-real.jsonl', import.meta.url), 'utf8').trim().split('\n')) {
      const vector = JSON.parse(line) as Settings & Record<'op' | 'timestamp' | 'nonce' | 'msgSignature' | 'encrypt' | 'body' | 'plaintext', string>
      const url = target('/', { msg_signature: vector.msgSignature, timestamp: vector.timestamp, nonce: vector.nonce, ...(vector.op === 'echo' ? { echostr: vector.encrypt } : {}) })
      const { report } = await decrypt(vector.op === 'echo' ? [url] : [url, vector.body], '', vector)
      ok(report)
      expect(report.plaintext).toBe(vector.plaintext)
    }
  })
})

describe('names the step that fails, with cause and cure', () => {
  const { url, body } = message()
  const sealed = (bytes: Buffer) => {
    const encrypted = encryptBytes(settings.encodingAESKey, bytes)
    return [target('/', signQuery(settings, encrypted)), envelope(encrypted, 'xml', 'x')]
  }
  const random = Buffer.alloc(16)
  test.each<[string, string[], string[]]>([
    ['a URL that a shell has cut', [url.slice(0, url.indexOf('&')), body], ['parameters']],
    ['another token', [url, body, '--token', 'another'], ['signature']],
    ['another key', [url, body, '--key', otherKey(body)], ['padding']],
    ['another receiveId', [url, body, '--receive-id', 'other'], ['receiveId']],
    ['a message that is not encrypted', [url, TEXT], ['envelope']],
    ['a cut ciphertext', [url, body.replace(/.{3}\]\]><\/Encrypt>/, ']]></Encrypt>')], ['signature', 'base64']],
    ['a body of another request', [url, message().body], ['signature']],
    ['no length', sealed(Buffer.alloc(5)), ['length']],
    ['a length that counts characters', sealed(Buffer.concat([random, uint32(9_999), Buffer.from('你好')])), ['length']],
    ['no message', sealed(Buffer.concat([random, uint32(2), Buffer.from(`hi${settings.receiveId}`)])), ['message']],
    ['no UTF-8', sealed(Buffer.concat([random, uint32(2), Buffer.from([0xe4, 0xbd]), Buffer.from(settings.receiveId)])), ['message']]
  ])('%s', async (_name, args, steps) => {
    const { code, report } = await decrypt(args)
    expect(failed(report)).toEqual(steps)
    for (const { cause = '', fix = '' } of report.steps.filter(({ state }) => state === 'failed')) {
      expect(cause).toMatch(/\.$/)
      expect(fix).toMatch(/\.$/)
    }
    expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false })
  })

  test.each([
    ['POST', /POST, without its body/, /an access log contains no bodies/],
    ['GET', undefined, undefined],
    ['', /neither echostr nor a body/, /ciphertext in the body/]
  ])('the line of a log alone, %s', async (method, found, cause) => {
    const target = url.slice('https://example.invalid'.length)
    const { report } = await decrypt([`1.2.3.4 - - "${method} ${target} HTTP/1.1" 401 12 "-" "Mozilla/4.0"`])
    const [parameters, envelope] = report.steps
    if (found === undefined) {
      expect(parameters).toMatchObject({ step: 'parameters', state: 'failed', found: 'no echostr' })
      return
    }
    expect(parameters).toMatchObject({ step: 'parameters', state: 'ok' })
    expect(envelope).toMatchObject({ step: 'envelope', state: 'failed', found: expect.stringMatching(found), cause: expect.stringMatching(cause as RegExp) })
  })

  test('a query encoded twice', async () => {
    const { echostr, ...query } = signEcho(settings, '1')
    const { report } = await decrypt([`${target('/', query)}&echostr=${encodeURIComponent(encodeURIComponent(echostr))}`])
    expect(report.steps.find(({ step }) => step === 'signature')).toMatchObject({ state: 'failed', cause: 'The query was encoded twice.' })
  })
})

test('blanks in echostr were plus signs', async () => {
  let query = signEcho(settings, '1')
  while (!query.echostr.includes('+')) query = signEcho(settings, '1')
  ok((await decrypt([target('/', query).replaceAll('%2B', '%20')])).report)
})

test('for people: marks, causes, the message; no secrets', async () => {
  const { url, body } = message()
  const { code, out } = await runCli(['decrypt', url, body, '--key', otherKey(body)], { env: envOf(settings) })
  expect(code).toBe(1)
  expect(out).toMatch(/✓ signature/)
  expect(out).toMatch(/✗ padding .*\n +Another EncodingAESKey/)
  expect(out).not.toContain(settings.token)
})

test('without token and receiveId it opens what it can', async () => {
  const { url, body } = message()
  const { code, out } = await runCli(['decrypt', url, body], { env: { WECOM_ENCODING_AES_KEY: settings.encodingAESKey } })
  expect(code).toBe(0)
  expect(out).toMatch(/– signature +no token given/)
  expect(out).toContain(settings.receiveId)
  expect(out).toContain(TEXT)
})

test('a pipe that stays open and brings nothing is not waited for', async () => {
  const { code, err, ms } = await runCli(['decrypt'], { env: envOf(settings) })
  expect(code).toBe(2)
  expect(err).toContain('Give the URL in quotes')
  // Of which a busy machine takes some to start a process.
  expect(ms).toBeLessThan(20_000)
})
