import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { text, type Reply, type WecomContext } from '../../src/index.js'
import { listenForTest } from '../support/server.js'
import { wecomSettings } from './mistakes.js'
import { runCli, settingsEnv } from './run.js'

/** The system takes no answer. */
const answerPeople = ({ kind, message }: WecomContext) => (message as { FromUserName?: string }).FromUserName === 'sys' ? undefined : text(`你说：${(message as { Content?: string }).Content ?? kind}`)

async function serve (reply: Reply | ((context: WecomContext) => Reply | Promise<Reply>) = answerPeople, receiveId = wecomSettings.receiveId) {
  const server = await listenForTest({ credentials: { ...wecomSettings, receiveId }, reply })
  return { ...server, url: `http://127.0.0.1:${server.port}/wecom` }
}

function directory (files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'fastify-wecom-cli-'))
  onTestFinished(() => { rmSync(path, { recursive: true }) })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

test('prints the reply decrypted, times, and what the user sees', async () => {
  const { url, seen } = await serve()
  const { code, out } = await runCli(['simulate', url, '--message', 'text=你好'], { env: settingsEnv })
  expect(code).toBe(0)
  expect(out).toMatch(/✓ GET {2}verify the URL +200 +\d+ ms/)
  expect(out).toMatch(/✓ POST message 1 +200 +\d+ ms {2}reply: text/)
  expect(out).toContain('<Content><![CDATA[你说：你好]]></Content>')
  expect(out).toContain('The user sees:\n    你说：你好')
  expect(seen[0]?.message).toMatchObject({ MsgType: 'text', Content: '你好', ToUserName: 'wwcorp' })
  expect(out).not.toContain('\u001b[')
})

describe('what to send', () => {
  test.each([
    [['--event', 'click', '--set', 'EventKey=menu_1'], { kind: 'event.click', message: { EventKey: 'menu_1' } }],
    [['--event', 'CHANGE_CONTACT.create_user', '--set', 'UserID=lisi'], { kind: 'event.change_contact.create_user', message: { UserID: 'lisi' } }],
    [['--event', 'info.suite_ticket'], { kind: 'info.suite_ticket', message: { SuiteId: 'wwcorp' } }],
    [['--event', 'location', '--set', 'Latitude=1.5'], { kind: 'event.LOCATION', message: { Latitude: 1.5 } }],
    [['--message', 'image'], { kind: 'image' }],
    [['--message', '<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName><MsgType>text</MsgType><Content>raw</Content></xml>'], { kind: 'text', message: { Content: 'raw' } }],
    [['--message', 'text=a=b', '--format', 'json'], { kind: 'text', format: 'json', message: { Content: 'a=b' } }],
    [['--event', 'scancode_waitmsg', '--set', 'ScanCodeInfo.ScanResult=77'], { kind: 'event.scancode_waitmsg', message: { ScanCodeInfo: { ScanResult: '77' } } }]
  ])('%j', async (args, expected) => {
    const { url, seen } = await serve()
    const { code, err } = await runCli(['simulate', url, ...args], { env: settingsEnv })
    expect(code, err).toBe(0)
    expect(seen[0]).toMatchObject(expected)
  })

  test('a file', async () => {
    const { url, seen } = await serve()
    const cwd = directory({ 'message.json': '{"MsgType":"text","Content":"from a file"}' })
    expect((await runCli(['simulate', url, '--file', 'message.json'], { env: settingsEnv, cwd })).code).toBe(1)
    expect(seen[0]).toMatchObject({ kind: 'text', format: 'json', message: { Content: 'from a file' } })
  })

  test('a bot gets JSON and an empty receiveId without being told; its stream is polled', async () => {
    let polls = 0
    const { url } = await serve(context => ({ msgtype: 'stream', stream: { id: '1', finish: context.kind === 'aibot.stream' && ++polls === 2, content: `part ${polls}` } }) as Reply, '')
    const { WECOM_TOKEN, WECOM_ENCODING_AES_KEY } = settingsEnv
    const { code, out } = await runCli(['simulate', url, '--message', 'aibot.text=hi', '--poll-interval', '10'], { env: { WECOM_TOKEN, WECOM_ENCODING_AES_KEY } })
    expect(code).toBe(0)
    expect(out).toContain('2 polls')
    expect(out).toContain('part 2')
  })
})

test.each([
  ['EventKye=1', /event\.click has no field EventKye\. Did you mean EventKey\?/],
  ['eventkey=1', /Did you mean EventKey\?/],
  ['Zzz=1', /event\.click has no field Zzz\. It is sent anyway/]
])('a field that nobody knows is told: --set %s', async (set, says) => {
  const { url } = await serve()
  const { code, err } = await runCli(['simulate', url, '--event', 'click', '--set', set], { env: settingsEnv })
  expect(err).toMatch(says)
  expect(code).toBe(0)
})

test('a field of the catalogue that the sample lacks is known', async () => {
  const { url, seen } = await serve()
  const { err } = await runCli(['simulate', url, '--message', 'aibot.text=hi', '--set', 'quote.msgtype=text', '--receive-id', wecomSettings.receiveId], { env: settingsEnv })
  expect(err).not.toContain('no field')
  expect(seen[0]).toMatchObject({ message: { quote: { msgtype: 'text' } } })
})

test('retries are shown, and all failing is a fault', async () => {
  const { url } = await serve(() => { throw new Error('mine') })
  const { code, out } = await runCli(['simulate', url, '--retries', '2'], { env: settingsEnv })
  expect(code).toBe(1)
  expect(out.match(/✗ POST message \d +500/g)).toHaveLength(3)
  expect(out).toContain('given-up')
})

test('a URL that fails verification gets no message, and doctor is recommended', async () => {
  const { url, seen } = await serve()
  const { code, out } = await runCli(['simulate', url, '--token', 'another'], { env: settingsEnv })
  expect({ code, seen }).toEqual({ code: 1, seen: [] })
  expect(out).toContain('fastify-wecom doctor <url>')
})

test('faults on purpose', async () => {
  const { url } = await serve()
  const { code, out } = await runCli(['simulate', url, '--fault', 'wrong-signature,replay', '--fault', 'drop-answer'], { env: settingsEnv })
  expect(code).toBe(0)
  for (const words of ['forged message', 'drop-answer', 'answer lost on purpose', 'replay']) expect(out).toContain(words)
})

test('--scene command wants success', async () => {
  const { url } = await serve()
  expect((await runCli(['simulate', url, '--scene', 'command'], { env: settingsEnv })).out).toContain('exactly success')
  expect((await runCli(['simulate', url, '--event', 'suite_ticket', '--scene', 'command'], { env: settingsEnv })).code).toBe(0)
})

test('--json is the whole transcript, without secrets', async () => {
  const { url } = await serve()
  const { code, out } = await runCli(['simulate', url, '--json'], { env: settingsEnv })
  const transcript = JSON.parse(out) as { ok: boolean, verification: object, deliveries: Array<{ attempts: object[] }> }
  expect(code).toBe(0)
  expect(transcript).toMatchObject({ ok: true, verification: { outcome: 'accepted' }, deliveries: [{ kind: 'text', outcome: 'accepted', shown: '你说：你好', attempts: [{ number: 1, outcome: 'accepted', reply: { kind: 'text' } }] }] })
  expect(out).not.toContain(wecomSettings.token)
  expect(out).not.toContain(wecomSettings.encodingAESKey)
})

test('control characters of a stranger do not reach the terminal', async () => {
  const { url } = await serve(text('\u009b31m\u202ered\u0007'.replace('\u0007', '')))
  const { out } = await runCli(['simulate', url], { env: settingsEnv })
  expect(out).toContain('\\u009b31m\\u202ered')
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  expect(out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
})

test('settings come from .env in the current directory, beneath variables and options', async () => {
  const { url } = await serve()
  const cwd = directory({ '.env': `WECOM_TOKEN="${wecomSettings.token}"\nWECOM_ENCODING_AES_KEY=${wecomSettings.encodingAESKey}\nWECOM_RECEIVE_ID=wwcorp\n` })
  expect((await runCli(['simulate', url], { cwd })).code).toBe(0)
  expect((await runCli(['simulate', url], { cwd, env: { WECOM_TOKEN: 'another' } })).code).toBe(1)
  expect((await runCli(['simulate', url, '--token', wecomSettings.token], { cwd, env: { WECOM_TOKEN: 'another' } })).code).toBe(0)
})

test('long waits are told on standard error', async () => {
  const { url } = await serve(async () => await new Promise<never>(() => {}))
  const { err } = await runCli(['simulate', url, '--timeout', '2300', '--retries', '0'], { env: settingsEnv })
  expect(err).toMatch(/… waiting for 127\.0\.0\.1:\d+, 2 s/)
})

describe('a stream of a bot', () => {
  const { WECOM_TOKEN, WECOM_ENCODING_AES_KEY } = settingsEnv
  const env = { WECOM_TOKEN, WECOM_ENCODING_AES_KEY }

  async function playStream (contents: string[], args: string[] = []) {
    let polls = 0
    const { url } = await serve(() => ({ msgtype: 'stream', stream: { id: '1', finish: polls >= contents.length - 1, content: contents[Math.min(polls++, contents.length - 1)] } }) as Reply, '')
    return await runCli(['simulate', url, '--message', 'aibot.text=hi', '--poll-interval', '10', ...args], { env })
  }

  test('is shown as it grows: time, bytes, what was added, thinking folded, the end', async () => {
    const { code, out } = await playStream(['<think>', '<think>想一想', '<think>想一想</think>你好', '<think>想一想</think>你好，世界'])
    expect(code).toBe(0)
    const lines = out.split('\n').filter(line => line.includes('←')).map(line => line.replace(/\d+\.\d s/, 'N s').replace(/ +/g, ' ').trim())
    expect(lines).toEqual(['← N s 7 bytes', '← N s 16 bytes [thinking +9 bytes]', '← N s 30 bytes + "你好"', '← N s 39 bytes + "，世界" finish'])
    expect(out).toContain('The user sees:\n    [thinking, 9 bytes]\n    你好，世界')
    expect(out).not.toContain('<think>')
  })

  test('that shrinks is told at the frame and at the end, and is a fault', async () => {
    const { code, out } = await playStream(['正在查询…', '好'])
    expect(code).toBe(1)
    expect(out.match(/shows 3 bytes, less than the 15 shown before/g)).toHaveLength(2)
    expect(out).toContain('= "好"  finish')
  })

  test('is shown with each answer that is lost on purpose', async () => {
    const { code, out } = await playStream(['', '一', '一二', '一二三', '一二三'], ['--fault', 'drop-poll'])
    expect(code).toBe(0)
    expect(out).toMatch(/○ POST poll 1 \(drop-poll\) +200 .* answer lost on purpose/)
    expect(out).toContain('+ "一二"')
  })
})
