import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import wecom, { type Inbox, type InboxMessage } from '../../src/index.js'
import { contactMessage, textMessage } from '../bullmq/support.js'
import { startRedis, type RedisServer } from '../support/redis.js'
import { newSettings, signMessage } from '../support/requests.js'
import { readme, served, exampleWith } from './consumer-examples.js'
import { installPacked, tsconfig, type Project } from './project.js'

const inbox = {
  server: exampleWith('bullmqInbox(', 'app.listen('),
  worker: exampleWith('createInboxWorker(async', 'saveUser'),
  deadLetters: exampleWith('deadLetters('),
  own: exampleWith('class DirectoryInbox')
}
const examples = {
  botTest: exampleWith("from 'node:test'", 'wecomClient('),
  metrics: exampleWith("from 'prom-client'", 'counters()')
}
const settings = { WECOM_TOKEN: 'QDG6eK', WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', WECOM_RECEIVE_ID: 'ww5823bf96d3bd56c7' }
let project: Project
let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
  project = await installPacked({ fastify: '5', express: '5', '@types/express': '5', ioredis: '6', bullmq: '6', 'prom-client': '15', openai: '7', typescript: '6', 'typescript-7': 'npm:typescript@7', '@types/node': '20' })
  for (const { file, code } of [...readme, ...Object.values(examples), ...Object.values(inbox)]) project.write(`${file}.ts`, code)
  for (const { file, code } of served) {
    const exported = /^const app = Fastify\(/m.test(code) ? 'export { app as fastify }\n' : ''
    project.write(`${file}.ts`, `${code.replace(/\b3000\b/, '0')}\n${exported}`)
  }
  project.write('tsconfig.json', tsconfig({ skipLibCheck: false }, ['*.ts']))
  project.write('tsconfig.readme.json', tsconfig({ skipLibCheck: false, noEmit: true }, ['README.*.ts']))
  project.write('tsconfig.inbox.json', tsconfig({ skipLibCheck: true }, Object.values(inbox).map(({ file }) => `${file}.ts`)))
  for (const name of ['play.mjs', 'hostile.mjs']) project.write(name, readFileSync(new URL(name, import.meta.url), 'utf8'))
}, 240_000)

afterAll(async () => {
  project.remove()
  await redis.stop()
}, 60_000)

async function compile (compiler: string, config: string): Promise<void> {
  const { bin } = JSON.parse(readFileSync(join(project.directory, 'node_modules', compiler, 'package.json'), 'utf8')) as { bin: { tsc: string } }
  await project.run(process.execPath, [join('node_modules', compiler, bin.tsc), '-p', config])
}

describe('the packed package in an empty strict project', () => {
  test.each([['typescript', 'tsconfig.readme.json'], ['typescript-7', 'tsconfig.json']])('type-checks examples with %s (%s), declarations of the package included', async (compiler, config) => {
    await compile(compiler, config)
  }, 120_000)

  describe('serves', () => {
    let output: string[]

    // All in one process, which has to survive them.
    beforeAll(async () => {
      output = (await project.run(process.execPath, ['play.mjs', ...served.map(({ file }) => `./out/${file}.js`)], {
        ...settings,
        WECOM_OLD_ENCODING_AES_KEY: settings.WECOM_ENCODING_AES_KEY,
        WECOM_CORP_SECRET: 'secret',
        WECOM_AGENT_ID: '1000002',
        WECOM_ENCRYPTION_KEY: '0'.repeat(64),
        INBOX_KEY: '0'.repeat(64),
        REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        PORT: '0'
      })).split('\n')
    }, 120_000)

    test.each(served.map(({ file }) => file))('%s: hostile requests are survived, the URL is verified, a text is answered, a forged request is refused', file => {
      // Examples may log to the same stream.
      expect(JSON.parse(output.find(line => line.startsWith(`{"file":"./out/${file}.js"`)) as string)).toEqual({
        file: `./out/${file}.js`,
        echo: '1616140317555161061',
        reply: expect.stringContaining('<MsgType><![CDATA[text]]></MsgType>') as string,
        forged: 401,
        taken: 0
      })
    })
  })

  test('runs the example of a bot test', async () => {
    expect(await project.run(process.execPath, [`out/${examples.botTest.file}.js`])).toMatch(/pass 1\b/)
  }, 60_000)

  test('prints the help of its command line', async () => {
    expect(await project.run('npx', ['fastify-wecom', '--help'])).toContain('doctor')
  }, 60_000)

  test('runs the example of a metrics exporter', async () => {
    const metrics = await project.run(process.execPath, ['--input-type=module', '-e', `import { metrics } from './out/${examples.metrics.file}.js'; console.log(await metrics())`])
    expect(metrics).toContain('wecom_callbacks_total{what="handled"} 0')
  }, 60_000)

  test('holds the built code, the documents and nothing else', async () => {
    const files = await project.run('find', ['node_modules/fastify-wecom', '-type', 'f', '-not', '-path', '*/dist/*'])
    expect(files.trim().split('\n').map(file => file.replace('node_modules/fastify-wecom/', '')).filter(file => !file.startsWith('docs/')).sort())
      .toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'README.zh-CN.md', 'SECURITY.md', 'package.json'])
  })
})

// Last, as it changes what is installed.
describe.each(['6', '5'])('the examples of docs/inbox.md with the packed package and ioredis %s', ioredis => {
  let environment: Record<string, string>

  beforeAll(async () => {
    environment = {
      ...settings,
      INBOX_KEY: '00'.repeat(32),
      REDIS_URL: `redis://127.0.0.1:${redis.port}/${ioredis}`,
      PORT: '0'
    }
    if (ioredis === '6') return
    await project.run('npm', ['install', `ioredis@${ioredis}`, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'])
    await compile('typescript-7', 'tsconfig.inbox.json')
  }, 240_000)

  test('type-check, and the worker handles what an inbox put', async () => {
    project.write('put.mjs', `
      import { bullmqInbox } from 'fastify-wecom/bullmq'
      const inbox = bullmqInbox({ connection: { url: process.env.REDIS_URL }, encryptionKey: process.env.INBOX_KEY })
      await inbox.put(${JSON.stringify(contactMessage('zhangsan'))})
      await import('./out/${inbox.worker.file}.js')
      while ((await inbox.counts()).completed === 0) await new Promise(resolve => setTimeout(resolve, 20))
      await inbox.close()
      process.kill(process.pid, 'SIGTERM')`)
    const output = await project.run(process.execPath, ['put.mjs'], environment)
    expect(output).toContain(`on conflict (message_key) do nothing ${contactMessage('zhangsan').key} 8`)
    expect(await project.run(process.execPath, [`out/${inbox.deadLetters.file}.js`], environment)).toContain('completed: 1')
  }, 60_000)

  test('start a server', async () => {
    project.write('serve.mjs', `await import('./out/${inbox.server.file}.js'); process.exit(0)`)
    expect(await project.run(process.execPath, ['serve.mjs'], environment)).toContain('Server listening')
  }, 60_000)

  test('an inbox that somebody else may write, a class, serves the plugin: one run for a key, a late reply, no run for a repeat', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-inbox-'))
    const { DirectoryInbox, handleAll } = await import(join(project.directory, 'out', `${inbox.own.file}.js`)) as {
      DirectoryInbox: new (directory: string) => Inbox
      handleAll: (directory: string, sendLater: (reply: unknown, message: InboxMessage) => Promise<void>) => Promise<void>
    }
    const own = newSettings()
    const app = Fastify()
    await app.register(wecom, { path: '/wecom', credentials: own, inbox: new DirectoryInbox(directory) })
    const requests = [contactMessage('a'), textMessage('1', 'hello'), contactMessage('a')].map(({ plaintext }) => signMessage(own, plaintext))
    const send = async () => {
      for (const { query, body } of requests) expect((await app.inject({ method: 'POST', url: '/wecom', query, body, headers: { 'content-type': 'text/xml' } })).statusCode).toBe(200)
    }
    await send()
    expect(readdirSync(directory)).toHaveLength(2)
    const printed: unknown[][] = []
    const spy = vi.spyOn(console, 'log').mockImplementation((...args) => { printed.push(args) })
    const replies: unknown[] = []
    for (let round = 0; round < 2; round++) {
      await handleAll(directory, async (reply, { kind }) => { replies.push([kind, reply]) })
      await send()
    }
    spy.mockRestore()
    expect(printed).toEqual([['insert … on conflict do nothing', expect.any(String), 'a']])
    expect(replies).toEqual([['text', { MsgType: 'text', Content: 'handled: hello' }]])
    expect(readdirSync(directory)).toEqual(['handled'])
    expect(readdirSync(join(directory, 'handled'))).toHaveLength(2)
    await app.close()
    rmSync(directory, { recursive: true })
  })
})
