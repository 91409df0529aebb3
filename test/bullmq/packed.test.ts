import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import wecom, { type Inbox, type InboxMessage } from '../../src/index.js'
import { installPacked, type Project } from '../package/project.js'
import { startRedis, type RedisServer } from '../support/redis-server.js'
import { newSettings, signMessage } from '../support/requests.js'
import { contactMessage, textMessage } from './support.js'

const markdown = readFileSync(new URL('../../docs/inbox.md', import.meta.url), 'utf8')
const examples = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)

let redis: RedisServer
beforeAll(async () => { redis = await startRedis() })
afterAll(async () => { await redis.stop() })

let project: Project
beforeAll(async () => { project = await installPacked({ fastify: '5', typescript: '6', '@types/node': '20', bullmq: '6', ioredis: '6' }) }, 240_000)
// Thousands of files, on a busy machine.
afterAll(() => { project.remove() }, 60_000)

describe.each(['6', '5'])('the packed package with ioredis %s', ioredis => {
  let environment: Record<string, string>

  beforeAll(async () => {
    await project.run('npm', ['install', `ioredis@${ioredis}`, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'])
    environment = {
      WECOM_TOKEN: 'QDG6eK',
      WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
      WECOM_RECEIVE_ID: 'ww5823bf96d3bd56c7',
      INBOX_KEY: '00'.repeat(32),
      REDIS_URL: `redis://127.0.0.1:${redis.port}/${ioredis}`,
      PORT: '0'
    }
    for (const [index, code] of examples.entries()) project.write(`example${index}.ts`, code)
    project.write('tsconfig.json', JSON.stringify({
      compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, types: ['node'], skipLibCheck: true, outDir: 'out', rootDir: '.' },
      include: ['*.ts']
    }))
    await project.run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc')])
  }, 240_000)

  test('the examples of docs/inbox.md type-check, and the worker handles what an inbox put', async () => {
    project.write('put.mjs', `
      import { bullmqInbox } from 'fastify-wecom/bullmq'
      const inbox = bullmqInbox({ connection: { url: process.env.REDIS_URL }, encryptionKey: process.env.INBOX_KEY })
      await inbox.put(${JSON.stringify(contactMessage('zhangsan'))})
      await import('./out/example1.js')
      while ((await inbox.counts()).completed === 0) await new Promise(resolve => setTimeout(resolve, 20))
      await inbox.close()
      process.kill(process.pid, 'SIGTERM')`)
    const output = await project.run(process.execPath, ['put.mjs'], environment)
    expect(output).toContain(`on conflict (message_key) do nothing ${contactMessage('zhangsan').key} 8`)
    expect(await project.run(process.execPath, ['out/example2.js'], environment)).toContain('completed: 1')
  }, 60_000)

  test('the server of docs/inbox.md starts', async () => {
    project.write('serve.mjs', "await import('./out/example0.js'); process.exit(0)")
    expect(await project.run(process.execPath, ['serve.mjs'], environment)).toContain('Server listening')
  }, 60_000)

  test('the inbox of docs/inbox.md that somebody else may write, a class, serves the plugin: one run for a key, a late reply, no run for a repeat', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-inbox-'))
    const { DirectoryInbox, handleAll } = await import(join(project.directory, 'out', 'example3.js')) as {
      DirectoryInbox: new (directory: string) => Inbox
      handleAll: (directory: string, sendLater: (reply: unknown, message: InboxMessage) => Promise<void>) => Promise<void>
    }
    const settings = newSettings()
    const app = Fastify()
    await app.register(wecom, { path: '/wecom', credentials: settings, inbox: new DirectoryInbox(directory) })
    const requests = [contactMessage('a'), textMessage('1', 'hello'), contactMessage('a')].map(({ plaintext }) => signMessage(settings, plaintext))
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
