import { expect, test } from 'vitest'
import { createHider } from '../../src/playground/hide.js'
import { credentials, enter, play, startApp } from './app.js'

const secret = 'S3cretOfSomebody0123456789+/='

test.each([
  `POST /wecom?msg_signature=${secret}&timestamp=1`, `msgsignature=${secret}`, `Signature: ${secret}`, `{"encrypt":"${secret}"}`, `{"Encrypt": "${secret}"}`, `<Encrypt><![CDATA[${secret}]]></Encrypt>`, `<encrypt>${secret}</encrypt>`,
  `{"body":"{\\"access_token\\":\\"${secret}\\"}"}`, `{ token: '${secret}' }`, `encodingAESKey = "${secret}"`, `encoding_aes_key=${secret}`, `Authorization: Bearer ${secret}`, `cookie: a=b; sid=${secret}`, `<SuiteTicket><![CDATA[${secret}]]></SuiteTicket>`,
  `corpsecret=${encodeURIComponent(secret)}&corpid=x`, `url=https%3A%2F%2Fqyapi.example%2F%3Faccess_token%3D${secret.slice(0, -2)}`, `Error: request to https://qyapi.example/cgi-bin/message/send?access_token=${secret} failed`, `{"AuthCode":"${secret}"}`
])('%s is shown without its secret', text => {
  expect(createHider(credentials).text(text)).not.toContain('S3cret')
  expect(createHider(credentials).text(text)).not.toContain('0123456789')
})

test('token and key are hidden as queries, JSON and XML write them, also where they are the name of a field', () => {
  const hider = createHider({ token: 'a&b+"c/d', encodingAESKey: `${'x+/'.repeat(14)}y` })
  for (const token of ['a&b+"c/d', 'a%26b%2B%22c%2Fd', 'a%26b%2b%22c%2fd', 'a&amp;b+"c/d', 'a&b+\\"c/d']) expect(hider.text(`is ${token}.`)).toBe('is •••.')
  expect(JSON.stringify(hider.event({ type: 'message', message: 0, kind: 'text', plaintext: '', content: { 'a&b+"c/d': { key: 'a&b+"c/d', code: 'a&b+"c/d' } } }))).not.toContain('c/d')
})

test('a token that is a word of the protocol does not spoil it', () => {
  const hider = createHider({ token: 'message', encodingAESKey: credentials.encodingAESKey })
  expect(hider.event({ type: 'message', message: 0, kind: 'text', plaintext: 'a message', content: {} })).toEqual({ type: 'message', message: 0, kind: 'text', plaintext: 'a •••', content: {} })
  expect(createHider({ token: 'abc', encodingAESKey: credentials.encodingAESKey }).text('abc, abcd')).toBe('•••, abcd')
})

test('what a handler logs is hidden before it is cut, whatever its field is called', async () => {
  const half = credentials.token.slice(0, 12)
  const { port } = await startApp({
    handler: async ({ log }) => {
      log.info('x'.repeat(3_990) + credentials.token)
      log.info({ code: credentials.token, key: credentials.token, [credentials.token]: 1, headers: { cookie: secret }, long: 'x'.repeat(3_950) + credentials.encodingAESKey }, 'details')
      throw Object.assign(new Error('y'.repeat(3_950) + credentials.token, { cause: Object.assign(new Error(`access_token=${secret}`), { code: credentials.token }) }))
    }
  })
  const said = JSON.stringify((await play(port, await enter(port), { messages: [{ key: 'text' }], patience: 3_000 })).filter(({ type }) => type === 'seen'))
  for (const part of [half, credentials.encodingAESKey.slice(0, 12), 'S3cret']) expect(said).not.toContain(part)
  expect(said).toContain('•••')
})

test.each([['null', null], ['an object without a prototype', Object.create(null)], ['one whose fields throw', { get code () { throw new Error('no') }, get cause () { throw new Error('no') } }]])('a log line whose err is %s is shown', async (_name, err) => {
  const { port } = await startApp({ handler: async ({ log }) => { log.warn({ err: err as unknown }, 'odd'); return undefined } })
  expect(JSON.stringify(await play(port, await enter(port), { messages: [{ key: 'text' }] }))).toContain('"text":"odd"')
})
