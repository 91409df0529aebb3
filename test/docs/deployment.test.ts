import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { counters, text, type Reply } from '../../src/index.js'
import { redisStore } from '../../src/redis/index.js'
import { root } from '../support/compile.js'
import { send, target } from '../support/http.js'
import { need, REDIS } from '../support/programs.js'
import { freePort, startRedis } from '../support/redis.js'
import { newSettings, openReply, signEcho, signMessage } from '../support/requests.js'
import { listen, type CallbackServer } from '../support/server.js'
import { blocksOf } from './page.js'
import { followDockerfile } from './dockerfile.js'
import { startCaddy, startNginx, type Proxy } from './proxies.js'

const run = promisify(execFile)
const PAGE = 'docs/deployment.md'
const page = readFileSync(`${root}/${PAGE}`, 'utf8')
const path = '/wecom/callback'
const settings = newSettings()
/** Longer than WeCom waits. */
const SLOW = 5_300
const arrivals: Array<{ url: string, forwardedFor: unknown }> = []
const proxies = new Map<string, Proxy>()
let server: CallbackServer

beforeAll(async () => {
  server = await listen({
    path,
    credentials: settings,
    reply: async ({ message }) => {
      const { Content } = message as { Content: string }
      if (Content.startsWith('slow')) await setTimeout(SLOW)
      return text(`你说：${Content}`)
    },
    server: {
      rewriteUrl ({ url = '', headers }) {
        arrivals.push({ url, forwardedFor: headers['x-forwarded-for'] })
        return url
      }
    }
  })
  proxies.set('nginx', await startNginx(blocksOf(PAGE, 'nginx')[0] as string, { '127.0.0.1:3000': server.port }))
  proxies.set('Caddy', await startCaddy(blocksOf(PAGE, 'caddyfile')[0] as string, server.port))
  // Installing takes its time.
}, 240_000)

afterAll(async () => {
  await Promise.all([...proxies.values()].map(async ({ stop }) => { await stop() }))
  await server?.close()
})

function portOf (name: string): number {
  return proxies.get(name)?.port as number
}

function message (content: string, id = content) {
  return signMessage(settings, `<xml><ToUserName><![CDATA[${settings.receiveId}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1767168000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId><AgentID>218</AgentID></xml>`)
}

/** One whose base64 has each character that an URL has to encode. */
function echo (plaintext: string): ReturnType<typeof signEcho> {
  for (;;) {
    const query = signEcho(settings, plaintext)
    if (/\+.*\/.*=/.test(query.echostr)) return query
  }
}

describe.each(['nginx', 'Caddy'])('%s, set up as the page says', name => {
  test('passes a verification through, its query unchanged', async () => {
    const query = echo('1616140317555161061')
    expect(target(path, query)).toMatch(/%2B.*%2F.*%3D/)
    expect(await send(portOf(name), { path, query })).toMatchObject({ status: 200, body: '1616140317555161061' })
    expect(arrivals.at(-1)?.url).toBe(target(path, query))
  })

  test('does not touch a + that nobody encoded', async () => {
    const raw = target(path, echo('1616140317555161061')).replaceAll('%2B', '+')
    expect(await send(portOf(name), { path: raw })).toMatchObject({ status: 200, body: '1616140317555161061' })
    expect(arrivals.at(-1)?.url).toBe(raw)
  })

  test('passes a message and its encrypted reply, and says who sent it', async () => {
    const { status, body } = await send(portOf(name), { path, ...message('你好', `1${name.length}`), headers: { 'x-forwarded-for': '203.0.113.9' } })
    expect(status).toBe(200)
    expect(openReply(settings, body, 'xml').plaintext).toContain('你说：你好')
    expect(arrivals.at(-1)?.forwardedFor).toBe('127.0.0.1')
  })

  test('refuses a body that is longer than bodyLimit, and none that is as long', async () => {
    const before = arrivals.length
    // 2.6, which Debian has, says 502; the page tells.
    expect(name === 'nginx' ? [413] : [413, 502]).toContain((await send(portOf(name), { path, body: 'x'.repeat(262_145) })).status)
    expect(server.seen).toHaveLength(server.seen.filter(({ kind }) => kind === 'text').length)
    if (name === 'nginx') expect(arrivals).toHaveLength(before)
    expect((await send(portOf(name), { path, body: 'x'.repeat(262_144) })).status).toBe(400)
  })
})

test('no proxy gives up before WeCom does, and the app learns when WeCom has', async () => {
  await Promise.all([...proxies].map(async ([name, { port }], index) => {
    const { status, body } = await send(port, { path, ...message(`slow ${name}`, `7${index}`) })
    expect(status, name).toBe(200)
    expect(openReply(settings, body, 'xml').plaintext).toContain(`slow ${name}`)
  }).concat([...proxies].map(async ([name, { port }], index) => {
    const content = `slow, hung up at ${name}`
    const client = new AbortController()
    const sent = send(port, { path, ...message(content, `8${index}`), signal: client.signal }).catch(() => {})
    await vi.waitFor(() => { expect(server.seen.map(({ message }) => (message as { Content?: string }).Content)).toContain(content) }, SLOW)
    client.abort()
    await sent
  })))
  // What came to an end by itself would be answered.
  expect(server.log.filter(({ outcome, ms }) => outcome === 'hungUp' && Number(ms) < SLOW)).toHaveLength(proxies.size)
}, 15_000)

test('nginx before two servers, set up as the page says, lets the other one answer while one closes and when it is gone', async () => {
  const redis = await startRedis()
  const start = async (reply: () => Promise<Reply>) => {
    return await listen({ path, credentials: settings, reply, store: redisStore({ client: redis.connect() }), closeGrace: 2_000, server: { forceCloseConnections: false } })
  }
  let work = async () => {}
  const first = await start(async () => {
    await work()
    return text('一')
  })
  const second = await start(async () => text('二'))
  const { port, stop } = await startNginx(blocksOf(PAGE, 'nginx')[1] as string, { '10.0.0.11:3000': first.port, '10.0.0.12:3000': second.port })
  onTestFinished(async () => {
    await stop()
    await Promise.all([first.close(), second.close()])
    await redis.stop()
  })
  let id = 9_000
  const answers = async () => await Promise.all(Array.from({ length: 6 }, async () => (await send(port, { path, ...message('你好', String(id++)) })).status))

  expect(await answers()).toEqual(Array(6).fill(200))
  expect(first.seen.length).toBeGreaterThan(0)

  // Its handler keeps it closing.
  const began = new Promise<void>(resolve => {
    work = async () => {
      resolve()
      await setTimeout(1_000)
    }
  })
  const waiting = [answers(), answers()]
  await began
  const closed = first.close()
  expect(await answers()).toEqual(Array(6).fill(200))
  expect((await Promise.all(waiting)).flat()).toEqual(Array(12).fill(200))
  await closed
  expect(await answers()).toEqual(Array(6).fill(200))
  expect(first.seen.length + second.seen.length).toBe(id - 9_000)
}, 30_000)

test('a Redis with the settings of the page starts, keeps everything and writes it down', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-conf-'))
  const file = join(directory, 'redis.conf')
  writeFileSync(file, blocksOf(PAGE, 'conf')[0] as string)
  const port = await freePort()
  const child = spawn(need(REDIS), [file, '--port', String(port), '--dir', directory], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50 })
  client.on('error', () => {})
  onTestFinished(async () => {
    client.disconnect()
    child.kill('SIGKILL')
    await exited
    rmSync(directory, { recursive: true, force: true })
  })
  expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes'])
})

test('the Dockerfile builds an app that answers, is healthy, and ends in order at SIGTERM', async () => {
  const base = mkdtempSync(join(tmpdir(), 'fastify-wecom-docker-'))
  onTestFinished(() => { rmSync(base, { recursive: true, force: true }) })
  const context = join(base, 'context')
  mkdirSync(join(context, 'src'), { recursive: true })
  const [manifest = '', tsconfig = ''] = blocksOf(PAGE, 'json').filter(code => /"scripts"|"compilerOptions"/.test(code))
  const [source = ''] = blocksOf(PAGE, 'ts')
  for (const [name, content] of Object.entries({ 'package.json': manifest, 'package-lock.json': '{}', 'tsconfig.json': tsconfig, 'src/main.ts': source })) writeFileSync(join(context, name), content)
  const { dependencies, devDependencies } = JSON.parse(manifest) as Record<'dependencies' | 'devDependencies', object>
  expect(Object.keys(dependencies)).toEqual([...source.matchAll(/from '([\w-]+)'/g)].map(([, name]) => name))

  const image = await followDockerfile(blocksOf(PAGE, 'dockerfile')[0] as string, context, base, async (command, cwd) => {
    // What npm installs is its own business: it is linked.
    if (command === 'npm ci') link(cwd, [...Object.keys({ ...dependencies, ...devDependencies }), '.bin'])
    else if (command === 'npm prune --omit=dev') for (const name of [...Object.keys(devDependencies), '.bin']) rmSync(join(cwd, 'node_modules', name))
    else await run('sh', ['-c', command], { cwd })
  })

  const port = await freePort()
  const secrets = { WECOM_TOKEN: settings.token, WECOM_ENCODING_AES_KEY: settings.encodingAESKey, WECOM_RECEIVE_ID: settings.receiveId }
  const [command = '', ...args] = image.command
  const app = spawn(command, args, { cwd: image.directory, env: { ...process.env, ...image.env, ...secrets, PORT: String(port) }, stdio: 'ignore' })
  onTestFinished(() => { app.kill('SIGKILL') })
  const exited = once(app, 'exit')
  await vi.waitFor(async () => { expect((await send(port, { path: '/health' })).status).toBe(200) }, 20_000)
  const [check = '', ...checks] = image.healthcheck.map(word => word.replace('3000', String(port)))
  await run(check, checks)
  const { body } = await send(port, { path, ...message('你好', '99') })
  expect(openReply(settings, body, 'xml').plaintext).toContain('你说：你好')
  app.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  await expect(run(check, checks)).rejects.toThrow()
})

function link (directory: string, names: string[]): void {
  for (const name of names) {
    const path = join(directory, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(name === 'fastify-wecom' ? root : join(root, 'node_modules', name), path)
  }
}

describe('docs/deployment.md', () => {
  test('shows a log line as it is written', () => {
    const shown = JSON.parse(blocksOf(PAGE, 'json').find(code => code.includes('"outcome"')) as string) as Record<string, unknown>
    const line = server.log.find(({ outcome }) => outcome === 'answered') as Record<string, unknown>
    expect(Object.entries(line).filter(([name]) => !['time', 'pid', 'hostname', 'reqId'].includes(name)).map(([name, value]) => [name, typeof value]))
      .toEqual(Object.entries(shown).map(([name, value]) => [name, typeof value]))
    expect(line).toMatchObject({ level: shown.level, kind: shown.kind, msg: shown.msg })
  })

  test('names every counter', () => {
    for (const name of Object.keys(counters())) expect(page).toContain(`\`${name}\``)
  })

  test('gives the container longer than an app may take to close', () => {
    const [compose = ''] = blocksOf(PAGE, 'yaml')
    // closeGrace of Express and node:http, and what closing may take beyond it.
    expect(Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1])).toBeGreaterThan(10 + 2)
    const asked = (blocksOf(PAGE, 'ts')[0] as string).match(/WECOM_\w+(?= = '')/g)
    expect([...compose.matchAll(/^ +(WECOM_\w+):/gm)].map(([, name]) => name)).toEqual(asked)
  })
})
