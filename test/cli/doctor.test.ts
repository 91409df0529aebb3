import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest'
import { text } from '../../src/index.js'
import { newSettings } from '../support/requests.js'
import { listenForTest } from '../support/server.js'
import { startServer, type Mistake } from './broken-servers.js'
import { CASES, wecomSettings } from './mistakes.js'
import { runCli, settingsEnv } from './run.js'

interface Report {
  ok: boolean
  faults: Array<{ code: string, what: string, fix: string, alternatives?: Array<{ code: string, what: string, fix: string }> }>
}

async function listening (server: Server, end: TestContext['onTestFinished'] = onTestFinished): Promise<string> {
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  end(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/wecom/callback`
}

async function serve (mistake: Mistake = {}, end?: TestContext['onTestFinished']): Promise<string> {
  return await listening(startServer(wecomSettings, mistake), end)
}

async function diagnose (url: string, args: string[] = [], env: Record<string, string> = {}): Promise<{ code: number | null, report: Report, ms: number, all: string }> {
  const { code, out, err, ms } = await runCli(['doctor', url, '--json', ...args], { env: { ...settingsEnv, ...env } })
  return { code, report: JSON.parse(out) as Report, ms, all: out + err }
}

describe('names the fault of a broken server first', () => {
  test.concurrent.for(CASES)('$code: $name', async ({ code, mistake, says = /./, args, env, alternatives = [] }, { onTestFinished }) => {
    const { code: exit, report, all } = await diagnose(await serve(mistake, onTestFinished), args, env)
    expect(report.faults[0]?.code, JSON.stringify(report, null, 1)).toBe(code)
    expect(report.faults[0]?.what).toMatch(says)
    expect(report.faults[0]?.fix).not.toBe('')
    expect(report.faults[0]?.alternatives?.map(({ code }) => code) ?? []).toEqual(expect.arrayContaining(alternatives))
    expect({ exit, ok: report.ok }).toEqual({ exit: 1, ok: false })
    expect(all).not.toContain(wecomSettings.encodingAESKey)
    expect(all).not.toContain(wecomSettings.token)
  })

  test('every code of the list has a server', () => {
    const codes = ['not-found', 'method', 'echo-wrapped', 'echo-slow', 'wrong-token', 'wrong-key', 'wrong-receive-id', 'plus-lost', 'body-parser', 'content-type', 'clock', 'reply-not-encrypted', 'reply-format', 'not-success']
    expect(CASES.map(({ code }) => code)).toEqual(expect.arrayContaining(codes))
  })
})

describe('finds nothing wrong with', () => {
  test.each([
    ['a hand-written server', {}, []],
    ['one that lumps its refusals', { refusal: 'lumped' }, []],
    ['one that answers nothing', { answer: ({ response }) => response.end() }, []],
    ['a bot', { json: true, settings: { receiveId: '' } }, ['--scene', 'bot', '--receive-id', '']],
    ['a command URL', { settings: { receiveId: 'wwprovider' }, postReceiveId: 'wwcorp', answer: ({ response }) => response.end('success') }, ['--scene', 'command', '--verify-receive-id', 'wwprovider']]
  ] as Array<[string, Mistake, string[]]>)('%s', async (_name, mistake, args) => {
    const { code, report } = await diagnose(await serve(mistake), args)
    expect({ code, report }).toEqual({ code: 0, report: { ok: true, faults: [] } })
  })

  test.each(['app', 'data', 'command', 'template', 'provider', 'bot', 'groupbot'])('a Fastify app with this package, scene %s', async scene => {
    const settings = { ...wecomSettings, receiveId: /bot/.test(scene) ? '' : wecomSettings.receiveId }
    const { port, errors } = await listenForTest({
      credentials: { ...settings, emptyAnswer: /command|template|provider/.test(scene) ? 'success' : 'auto' },
      reply: /command|template|provider/.test(scene) ? undefined : text('hello')
    })
    const { code, report } = await diagnose(`http://127.0.0.1:${port}/wecom`, ['--scene', scene, '--receive-id', settings.receiveId])
    expect({ code, report }).toEqual({ code: 0, report: { ok: true, faults: [] } })
    expect(errors.length).toBeGreaterThan(0)
  })

  test('and tells what it cannot see', async () => {
    const { code, out } = await runCli(['doctor', await serve()], { env: settingsEnv })
    expect(code).toBe(0)
    for (const words of ['behaves as WeCom expects', '域名主体', 'trusted IPs', 'firewall', 'pasted']) expect(out).toContain(words)
  })
})

test('--get-only sends no message', async () => {
  let posts = 0
  const url = await serve({ door: ({ method }) => { if (method === 'POST') posts++; return false } })
  const { code } = await diagnose(url, ['--get-only'])
  expect({ code, posts }).toEqual({ code: 0, posts: 0 })
  const { out } = await runCli(['doctor', url, '--get-only'], { env: settingsEnv })
  expect(out).toContain('no message was sent')
  expect(out).not.toContain('behaves as WeCom expects')
})

test('no message is sent where the answers to GET tell enough', async () => {
  let posts = 0
  await diagnose(await serve({ settings: { encodingAESKey: newSettings().encodingAESKey }, door: ({ method }) => { if (method === 'POST') posts++; return false } }))
  expect(posts).toBe(0)
})

test('messages come from fastify_wecom_doctor, all with one MsgId', async () => {
  const messages: string[] = []
  await diagnose(await serve({ answer: ({ message, response }) => { messages.push(message); response.end() } }))
  expect(messages.length).toBeGreaterThan(0)
  expect(messages.every(message => message.includes('fastify_wecom_doctor'))).toBe(true)
  expect(new Set(messages.map(message => /<MsgId>.*<\/MsgId>/.exec(message)?.[0])).size).toBe(1)
})

test('for people: what, cure, alternatives; progress goes to standard error', async () => {
  const { code, out, err } = await runCli(['doctor', await serve({ refusal: 'lumped', settings: { token: 'another' } })], { env: settingsEnv })
  expect(code).toBe(1)
  expect(out).toMatch(/✗ refused {2}.*\n {2}→ Look into the log.*\n {2}or wrong-token: .*\n {4}→ Compare Token/)
  expect(out).toMatch(/or wrong-key: /)
  expect(err).toContain('… verifying the URL by GET')
})
