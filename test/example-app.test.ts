import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createWecomCrypto } from '../src/wecom-crypto/index.js'
import { fakeApi, fakeModel, sample, wecomClient, type FakeApi, type FakeModelOptions } from '../src/testing/index.js'
import { isPrivate } from '../src/playground/remote.js'
import { launchChromium, openPlayground, say } from './browser/chromium.js'
import { deliverLikeWecom, replyOf, textMessage, type AttemptResult } from './delivery/wecom.js'
import { raw } from './playground/app.js'
import { ownAddresses } from './support/own-addresses.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const SETTINGS = { WECOM_TOKEN: 'QDG6eK', WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', WECOM_RECEIVE_ID: 'ww1' }
const BUILT = ['start', '--ignore-scripts', '-w', 'example-app']
let child: ChildProcess | undefined

// Once, in place of every start's own.
beforeAll(() => { execFileSync('npm', ['run', 'build', '-w', 'example-app'], { cwd: root }) }, 120_000)

async function stop (): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

function playgroundUrl (output: string): string {
  const url = /http:\S+\/playground\?key=\S+/.exec(output)?.[0]
  if (url === undefined) throw new Error(`no address in ${output}`)
  return url
}

/** Starts the built app as `npm start` does after building, and collects what it prints until a text appears or it ends. */
async function start (env: Record<string, string>, until: string, { cwd = root, args = BUILT } = {}): Promise<string> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WECOM|OPENAI)_/.test(name)))
  child = spawn('npm', args, { cwd, env: { ...inherited, PORT: '0', ...env } })
  let output = ''
  await new Promise<void>(resolve => {
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes(until)) resolve()
    }
    child?.stdout?.on('data', collect)
    child?.stderr?.on('data', collect)
    child?.once('exit', () => { resolve() })
  })
  return output
}

/** WeCom, as it talks to the app that printed this: what a user of the bot sees of its answer. */
function botUser (output: string, { token, encodingAESKey, receiveId } = printedCredentials(output)) {
  const client = wecomClient({ url: /URL {13}(http:\S+)/.exec(output)?.[1] as string, credentials: { token, encodingAESKey, receiveId } })
  return async (content: string, every = 100) => await client.follow(sample('aibot.text', { chattype: 'single', chatid: undefined, quote: undefined, text: { content } } as never), { every, until: 20_000 })
}

function printedCredentials (output: string) {
  const printed = (name: string) => new RegExp(`^ {2}${name} +(\\S+)`, 'm').exec(output)?.[1] as string
  return { token: printed('Token'), encodingAESKey: printed('EncodingAESKey'), receiveId: JSON.parse(printed('receiveId')) as string }
}

describe('npm start in a fresh clone', () => {
  const clone = mkdtempSync(join(tmpdir(), 'fastify-wecom-clone-'))
  let output: string

  beforeAll(async () => {
    cpSync(root, clone, { recursive: true, filter: path => !/^(dist|node_modules|coverage|test|\.git|\.env)$/.test(basename(path)) })
    // What npm ci would install; the links to the package itself and to its workspace lead into the clone.
    mkdirSync(join(clone, 'node_modules'))
    for (const name of readdirSync(join(root, 'node_modules'))) {
      const installed = join(root, 'node_modules', name)
      symlinkSync(lstatSync(installed).isSymbolicLink() ? readlinkSync(installed) : installed, join(clone, 'node_modules', name))
    }
    expect(existsSync(join(clone, 'dist'))).toBe(false)
    output = await start({}, 'Waiting for messages', { cwd: clone, args: ['start'] })
  }, 180_000)

  afterAll(async () => {
    await stop()
    rmSync(clone, { recursive: true, force: true })
  }, 60_000)

  test('shows URL, token and key, plays WeCom once, and goes on serving', async () => {
    expect(output).toMatch(/Token {11}[A-Za-z0-9]{32} {3}\(made up\)\n {2}EncodingAESKey {2}[A-Za-z0-9]{43} {3}\(made up\)\n/)
    expect(output).toMatch(/URL verified: answered \d{19}\n/)
    expect(output).toContain("Content: '你好 hello 👋'")
    expect(output).toContain('<Content><![CDATA[你说：你好 hello 👋]]></Content>')
    const url = /URL {13}(http:\S+)/.exec(output)?.[1] as string
    expect((await fetch(url)).status).toBe(400)
  })

  test('has a bot that streams and remembers, with nothing configured', async () => {
    expect(output).toMatch(/^ {2}Model {11}a fake one, which needs no key/m)
    const say = botUser(output)
    const { frames, final, problems } = await say('你好')
    expect(problems).toEqual([])
    expect(final).toContain('> 你好')
    expect(new Set(frames.map(({ content }) => content)).size).toBeGreaterThan(3)
    expect((await say('再说一次')).final).toContain('第 **2** 轮')
  }, 60_000)

  test('builds all that the page needs', async () => {
    const url = playgroundUrl(output)
    const { origin } = new URL(url)
    const cookie = (await fetch(url)).headers.get('set-cookie')?.split(';')[0] as string
    for (const file of ['main.js', 'vendor/preact.js', 'style/base.css']) {
      expect((await fetch(`${origin}/playground/page/${file}`, { headers: { cookie } })).status).toBe(200)
    }
  })

  test('prints an address, and the page there shows its first reply', async () => {
    const browser = await launchChromium()
    onTestFinished(async () => { await browser.close() })
    const { page, complaints } = await openPlayground(browser, playgroundUrl(output))
    await say(page, 'hello')
    expect(await page.locator('.bubble').allInnerTexts()).toEqual(['hello', '你说：hello'])
    expect(complaints).toEqual([])
  }, 60_000)
})

describe('npm start with settings in the environment', () => {
  const key = 'aKeyThatWasChosen_0123456789'
  let output: string
  let api: FakeApi

  beforeAll(async () => {
    api = await fakeApi()
    const { corpId, secret, agentId, baseUrl } = api.settings
    output = await start({
      ...SETTINGS,
      HOST: '0.0.0.0',
      PLAYGROUND_KEY: key,
      WECOM_RECEIVE_ID: corpId,
      WECOM_CORP_SECRET: secret,
      WECOM_AGENT_ID: String(agentId),
      WECOM_API_BASE_URL: baseUrl
    }, 'Waiting for messages')
  }, 60_000)
  afterAll(async () => {
    await stop()
    await api.close()
  }, 60_000)

  test('sends a reply that comes too late for WeCom with the message API, exactly once, whatever WeCom repeats', async () => {
    expect(output).toMatch(/^ {2}Late replies {4}sent with the message API as app 1000002$/m)
    expect(output).not.toContain(api.settings.secret)
    const url = /URL {13}(http:\S+)/.exec(output)?.[1] as string
    const settings = { token: SETTINGS.WECOM_TOKEN, encodingAESKey: SETTINGS.WECOM_ENCODING_AES_KEY, receiveId: api.settings.corpId }
    // WeCom hangs up on each of its four requests before the reply, or the empty answer, is there.
    const attempts = await deliverLikeWecom(url, settings, textMessage('1', '慢 6'), { timeout: 1_000 })
    expect(attempts.map(({ status }) => status)).toEqual([0, 0, 0, 0])
    await expect.poll(() => api.sent.length, { timeout: 10_000 }).toBe(1)
    // Nor is it sent twice where WeCom comes once more.
    const [again] = await deliverLikeWecom(url, settings, textMessage('1', '慢 6'))
    expect(replyOf(settings, again as AttemptResult)).toBe('')
    await setTimeout(500)
    expect(api.sent).toEqual([{ touser: 'zhangsan', agentid: 1_000_002, msgtype: 'text', text: { content: '你说：慢 6' } }])
  }, 60_000)

  test('takes token, key, receiveId and host from there', async () => {
    expect(output).not.toContain('made up')
    const crypto = createWecomCrypto({ token: SETTINGS.WECOM_TOKEN, encodingAESKey: SETTINGS.WECOM_ENCODING_AES_KEY, receiveId: api.settings.corpId })
    const { encrypt, msgsignature, timestamp, nonce } = JSON.parse(crypto.encryptMessage('ok', { format: 'json' })) as Record<string, string>
    const query = new URLSearchParams({ msg_signature: msgsignature as string, timestamp: timestamp as string, nonce: nonce as string, echostr: encrypt as string })
    const url = /URL {13}(http:\S+)/.exec(output)?.[1] as string
    expect(await (await fetch(`${url}?${query.toString()}`)).text()).toBe('ok')
  })

  test('has PLAYGROUND_KEY in the printed address, so that an open page outlives a restart', async () => {
    const url = playgroundUrl(output)
    expect(new URL(url).searchParams.get('key')).toBe(key)
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('npm start with a model in the environment', () => {
  afterEach(stop)

  async function startWith (options: FakeModelOptions, env: Record<string, string> = {}) {
    const model = await fakeModel(options)
    onTestFinished(model.close)
    const output = await start({ ...SETTINGS, OPENAI_BASE_URL: `${model.url}/`, OPENAI_API_KEY: 'sk-not-printed', OPENAI_MODEL: 'some-model', ...env }, 'Waiting for messages')
    return { model, output, say: botUser(output) }
  }

  test('asks that model, with what was said before, and shows its thinking', async () => {
    const { model, output, say } = await startWith({ answer: ({ messages }) => ({ text: `第 ${messages.length} 条。`, reasoning: '数一数' }) })
    expect(output).toContain(`some-model at ${model.url}`)
    expect(output).not.toContain('sk-not-printed')
    expect(await say('一')).toMatchObject({ final: '第 1 条。', thinking: '数一数', problems: [] })
    expect(await say('二')).toMatchObject({ final: '第 3 条。', problems: [] })
    expect(model.requests.at(-1)).toMatchObject({
      model: 'some-model', stream: true, messages: [{ role: 'user', content: '一' }, { role: 'assistant', content: '第 1 条。' }, { role: 'user', content: '二' }]
    })
  }, 60_000)

  test.each([429, 'cut', 'error'] as const)('a model that fails (%s) ends the bubble with something to read, and the next answer is whole', async fault => {
    const { say } = await startWith({ answer: '一二三四五六七八', fault: ({ number }) => number === 1 ? fault : undefined })
    const failed = await say('问')
    expect(failed.problems).toEqual([])
    expect(failed.final).toMatch(/（出错了，请稍后再试）$/)
    expect((await say('再问')).final).toBe('一二三四五六七八')
  }, 60_000)

  test('停 ends the bubble, and the model is hung up on', async () => {
    const { model, say } = await startWith({ answer: '说个不停。'.repeat(1_000), delay: 20 })
    const talking = say('说吧')
    await expect.poll(() => model.requests.length).toBe(1)
    expect((await say('停')).final).toBe('好的，不说了')
    expect((await talking).final).toMatch(/（已停止）$/)
    await expect.poll(() => model.requests[0]?.state).toBe('gone')
  }, 60_000)

  test('without the name of a model the fake one answers, and the start says so', async () => {
    const { model, output, say } = await startWith({}, { OPENAI_MODEL: '' })
    expect(output).toContain('OPENAI_BASE_URL is not used: OPENAI_MODEL is missing')
    expect((await say('在吗')).final).toContain('> 在吗')
    expect(model.requests).toEqual([])
  }, 60_000)
})

describe('one start for each', () => {
  afterEach(stop)

  test('a port that is in use is named, with what to do', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as AddressInfo
    const output = await start({ PORT: String(port) }, 'never printed')
    blocker.close()
    expect(output).toContain(`The app does not start: port ${port} is in use: set another one, as in PORT=3001 npm start`)
    expect(child?.exitCode).not.toBe(0)
  }, 60_000)

  test.each<[Record<string, string>, string]>([
    [{ WECOM_ENCODING_AES_KEY: 'too short' }, 'The app does not start: expected encodingAESKey to be the 43 characters'],
    [{ PLAYGROUND_ALLOW: '172.17.0.1, 172.17.0.0/16' }, "The app does not start: expected allow to be a list of private IP addresses, as ['172.17.0.1'], got \"172.17.0.0/16\"."],
    [{ OPENAI_MODEL: 'm', OPENAI_BASE_URL: 'localhost:11434/v1' }, 'The app does not start: OPENAI_BASE_URL must be an http or https URL, not "localhost:11434/v1"'],
    [{ PORT: 'http' }, 'The app does not start: PORT must be a number from 0 to 65535, not "http"'],
    [{ WECOM_AGENT_ID: '1000002', WECOM_RECEIVE_ID: 'ww1' }, 'The app does not start: WECOM_CORP_SECRET is missing: sending late replies takes'],
    [{ WECOM_AES_KEY: 'x' }, 'WECOM_AES_KEY is not read; the names are WECOM_TOKEN, WECOM_ENCODING_AES_KEY, WECOM_RECEIVE_ID']
  ])('%j is named without a stack trace', async (env, message) => {
    const output = await start(env, 'Waiting for messages')
    expect(output).toContain(message)
    expect(output).not.toMatch(/^ +at /m)
  }, 60_000)

  test('kill ends npm start and the server with it; a handler that is running finishes, and its reply goes out', async () => {
    const slow = new URL('support/slow-handlers.mjs', import.meta.url).href
    child = spawn('npm', BUILT, { cwd: root, env: { ...process.env, ...SETTINGS, PORT: '0', NODE_OPTIONS: `--import ${slow}` } })
    let output = ''
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      output += chunk.toString()
      if (output.includes('Waiting for messages')) break
    }
    const url = /URL {13}(http:\S+)/.exec(output)?.[1] as string
    const wecom = wecomClient({ url, credentials: { token: SETTINGS.WECOM_TOKEN, encodingAESKey: SETTINGS.WECOM_ENCODING_AES_KEY, receiveId: 'ww1' } })
    const sent = wecom.send(sample('text', { ToUserName: 'ww1', Content: 'still here?' }))
    await setTimeout(500)
    child.kill('SIGTERM')
    const { status, text } = await sent
    expect({ status, text }).toEqual({ status: 200, text: '你说：still here?' })
    await expect.poll(async () => await fetch(url).then(() => 'serves', () => 'gone'), { timeout: 5_000 }).toBe('gone')
  }, 60_000)

  // A terminal sends its signals to the whole group; kill, to npm alone.
  test.each([
    ['kill, in the repository', 'SIGTERM', [], 1], ['Ctrl+C', 'SIGINT', [], -1], ['a closed terminal', 'SIGHUP', [], -1]
  ] as const)('%s (%s) ends npm start and the server with it', async (_name, signal, args, group) => {
    child = spawn('npm', ['start', '--ignore-scripts', ...args], { cwd: root, env: { ...process.env, ...SETTINGS, PORT: '0' }, detached: true })
    let output = ''
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      output += chunk.toString()
      if (output.includes('Waiting for messages')) break
    }
    const url = /URL {13}(http:\S+)/.exec(output)?.[1] as string
    expect((await fetch(url)).status).toBe(400)
    process.kill(group * (child.pid as number), signal)
    await expect.poll(async () => await fetch(url).then(() => 'serves', () => 'gone'), { timeout: 5_000 }).toBe('gone')
  }, 60_000)
})

// A machine without a network has none.
test.each(ownAddresses().filter(address => isPrivate(address)).slice(0, 1))('PLAYGROUND_ALLOW opens the playground to %s', async address => {
  const output = await start({ HOST: address.includes(':') ? '::' : '0.0.0.0', PLAYGROUND_ALLOW: `172.17.0.1, ${address}` }, 'Waiting for messages')
  const { port, pathname, search } = new URL(/http:\S+\/playground\?key=\S+/.exec(output)?.[0] as string)
  expect(await raw(Number(port), { host: address, path: pathname + search })).toMatchObject({ status: 200, body: expect.stringContaining('<!doctype html>') as string })
  await stop()
}, 60_000)
