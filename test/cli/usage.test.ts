import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTerminal } from '../../src/cli/terminal.js'
import { createWecomCrypto } from '../../src/wecom-crypto/index.js'
import { runCli, settingsEnv } from './run.js'

const url = 'http://127.0.0.1:1/wecom'

describe('wrong usage exits 2 with a hint, and nothing on standard output', () => {
  test.concurrent.for<[string[], RegExp, Record<string, string>?]>([
    [[], /doctor .*\n.*simulate/],
    [['doctr', url], /no command 'doctr'. Did you mean doctor\?/],
    [['toString'], /no command 'toString'/],
    [['doctor'], /The URL is missing/],
    [['doctor', url, 'more'], /Give one URL only/],
    [['doctor', '127.0.0.1:3000/x'], /Did you mean http:\/\/127\.0\.0\.1:3000\/x\?/],
    [['doctor', 'ftp://x/'], /no http:\/\/ or https:\/\/ URL/],
    [['doctor', `${url}?msg_signature=1`], /without msg_signature/],
    [['doctor', url, '--tokn', 'x'], /no option --tokn. Did you mean --token\?/],
    [['doctor', url, '--token'], /--token needs a value/],
    [['doctor', url, '--json=1'], /--json takes no value/],
    [['doctor', url, '--key', '-abc'], /--key needs a value; one that begins with - is written --key=-…/],
    [['doctor', url, '--scene', 'comand'], /Did you mean command\?/],
    [['doctor', url, '--timeout', 'soon'], /--timeout takes a whole number/],
    [['doctor', url], /Missing: --token \(WECOM_TOKEN\), --key \(WECOM_ENCODING_AES_KEY\), --receive-id/, {}],
    [['doctor', url, '--key', 'short'], /43 characters/],
    [['doctor', url, '--token', 'blank '], /blank at its beginning or end/],
    [['simulate', url, '--event', 'clik'], /no event 'clik'. Did you mean .*click\?/],
    [['simulate', url, '--event', 'change_contact'], /event\.change_contact\.create_user/],
    [['simulate', url, '--event', 'change_contact.create_user', '--set', 'UserID'], /--set takes Field=value/],
    [['simulate', url, '--event', 'LOCATION', '--set', 'Latitude=north'], /Latitude is a number/],
    [['simulate', url, '--message', '你好'], /no kind of message '你好'\. To send it as text: --message text=你好$/m],
    [['simulate', url, '--message', 'how are you?'], /--message text='how are you\?'$/m],
    [['simulate', url, '--message', 'hello'], /no message 'hello'\. To send it as text: --message text=hello\./],
    [['simulate', url, '--message', 'txt=hello'], /no message 'txt'\. Did you mean text\?/],
    [['simulate', url, '--message', 'image=hello'], /holds no text/],
    [['simulate', url, '--message', 'text', '--event', 'click'], /not --message and --event/],
    [['simulate', url, '--file', 'no-such-file'], /cannot be read \(ENOENT\)/],
    [['simulate', url, '--message', '<xml><broken>'], /well-formed/],
    [['simulate', url, '--fault', 'dupe'], /--fault takes duplicate/],
    [['decrypt', 'http://x/no-query'], /no URL with msg_signature/],
    [['keys', 'more'], /takes no arguments/]
  ])('%j', async ([args, says, env = settingsEnv]) => {
    const { code, out, err } = await runCli(args, { env, input: '' })
    expect(err).toMatch(says)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toMatch(/^\s+at /m)
    expect(err).not.toContain(settingsEnv.WECOM_ENCODING_AES_KEY)
  })
})

test.each(['doctor', 'simulate', 'decrypt', 'keys'])('%s --help tells how to use it', async command => {
  const { code, out } = await runCli([command, '--help'])
  expect(code).toBe(0)
  expect(out).toMatch(new RegExp(`fastify-wecom ${command}`))
  expect((await runCli(['help', command])).out).toBe(out)
  expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThan(140)
})

test('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(await runCli(['--version'])).toMatchObject({ code: 0, out: `${version}\n` })
})

test('keys makes what the package takes', async () => {
  const { code, out } = await runCli(['keys', '--json'])
  const { token, encodingAESKey } = JSON.parse(out) as { token: string, encodingAESKey: string }
  expect(code).toBe(0)
  createWecomCrypto({ token, encodingAESKey, receiveId: '' })
  expect((await runCli(['keys'])).out).toMatch(/^WECOM_TOKEN=[A-Za-z0-9]{32}\nWECOM_ENCODING_AES_KEY=[A-Za-z0-9]{43}\n$/)
})

test('colours where a person looks, unless NO_COLOR; FORCE_COLOR goes before both', () => {
  const write = (env: Record<string, string>, isTTY: boolean) => {
    let written = ''
    const { print, colour } = createTerminal({ write: (text: string) => { written += text }, isTTY }, { write: () => {} }, env)
    print(colour.red('x'))
    return written
  }
  expect(write({}, true)).toBe('\u001b[31mx\u001b[39m\n')
  expect(write({ NO_COLOR: '1' }, true)).toBe('x\n')
  expect(write({}, false)).toBe('x\n')
  expect(write({ TERM: 'dumb' }, true)).toBe('x\n')
  for (const force of ['', '1', 'true', '2', '3']) expect(write({ FORCE_COLOR: force, NO_COLOR: '1' }, false)).toBe('\u001b[31mx\u001b[39m\n')
  for (const force of ['0', 'false']) expect(write({ FORCE_COLOR: force }, true)).toBe('x\n')
})

test('FORCE_COLOR colours a pipe, through a whole command', async () => {
  const env = { ...settingsEnv, FORCE_COLOR: '1' }
  expect((await runCli(['doctor', url], { env })).out).toContain('\u001b[31m✗\u001b[39m \u001b[1munreachable\u001b[22m')
  expect((await runCli(['doctor', url, '--json'], { env })).out).not.toContain('\u001b')
  expect((await runCli(['doctor', url], { env: { ...env, FORCE_COLOR: '0' } })).out).not.toContain('\u001b')
})

test('secrets that a server sends back are not printed', () => {
  let written = ''
  const terminal = createTerminal({ write: (text: string) => { written += text } }, { write: (text: string) => { written += text } }, {})
  terminal.hide('sesame42', 'token')
  terminal.print('debug: token=sesame42')
  terminal.note('sesame42')
  expect(written).toBe('debug: token=<token>\n<token>\n')
})

test.for(['wrong', 'wrong-token', 'Token'])('a token %s that is an ordinary word leaves our own texts and codes whole', async token => {
  const server = createServer((_request, response) => { response.writeHead(401).end('no') })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const { code, out } = await runCli(['doctor', `http://127.0.0.1:${port}/x`, '--token', token, '--json'], { env: settingsEnv })
  server.close()
  expect(code).toBe(1)
  expect((JSON.parse(out) as { faults: Array<{ alternatives: Array<{ code: string }> }> }).faults[0]?.alternatives[0]?.code).toBe('wrong-token')
  expect(out).not.toContain('<token>')
})
