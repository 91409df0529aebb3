import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type RedisServer } from '../support/redis.js'
import { installPacked, type Project } from './project.js'
import { examplesOf } from './readme.js'

const examples = examplesOf('README.md')
const settings = { WECOM_TOKEN: 'QDG6eK', WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', WECOM_RECEIVE_ID: 'ww5823bf96d3bd56c7' }
let project: Project
let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
  project = await installPacked({ fastify: '5', ioredis: '6', bullmq: '6', 'prom-client': '15', typescript: '6', 'typescript-7': 'npm:typescript@7', '@types/node': '20' })
  for (const [index, code] of examples.entries()) {
    const exported = /^const (app|server) = /m.exec(code)?.[1]
    project.write(`example${index}.ts`, code.replace(/\b3000\b/, '0') + (exported === undefined ? '' : `\nexport { ${exported} as subject }\n`))
  }
  project.write('tsconfig.json', JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, types: ['node'], skipLibCheck: false, outDir: 'out', rootDir: '.' },
    include: ['*.ts']
  }))
  for (const name of ['play.mjs', 'hostile.mjs']) project.write(name, readFileSync(new URL(name, import.meta.url), 'utf8'))
}, 240_000)

afterAll(async () => {
  project.remove()
  await redis.stop()
}, 60_000)

describe('the packed package in an empty strict project', () => {
  test.each(['typescript', 'typescript-7'])('type-checks the examples of README.md with %s, declarations of the package included', async compiler => {
    const { bin } = JSON.parse(readFileSync(join(project.directory, 'node_modules', compiler, 'package.json'), 'utf8')) as { bin: { tsc: string } }
    await project.run(process.execPath, [join('node_modules', compiler, bin.tsc)])
  }, 120_000)

  test.each(examples.flatMap((code, index) => /^const (app|server) = /m.test(code) ? [index] : []))('serves example %d: hostile requests are survived, the URL is verified, a text is answered, a forged request is refused', async index => {
    // Examples may log to the same stream.
    const output = await project.run(process.execPath, ['play.mjs', `./out/example${index}.js`], { ...settings, REDIS_URL: `redis://127.0.0.1:${redis.port}`, INBOX_KEY: '0'.repeat(64) })
    const played = JSON.parse(output.split('\n').find(line => line.startsWith('{"echo"')) as string) as { echo: string, reply: string, forged: number, taken: number }
    expect(played).toEqual({ echo: '1616140317555161061', reply: expect.stringContaining('<MsgType><![CDATA[text]]></MsgType>') as string, forged: 401, taken: 0 })
  }, 60_000)

  test('runs the example of a bot test', async () => {
    const index = examples.findIndex(code => code.includes('wecomClient('))
    expect(await project.run(process.execPath, [`out/example${index}.js`])).toMatch(/pass 1\b/)
  }, 60_000)

  test('prints the help of its command line', async () => {
    expect(await project.run('npx', ['fastify-wecom', '--help'])).toContain('doctor')
  }, 60_000)

  test('runs the example of a metrics exporter', async () => {
    const index = examples.findIndex(code => code.includes('prom-client'))
    const metrics = await project.run(process.execPath, ['--input-type=module', '-e', `import { metrics } from './out/example${index}.js'; console.log(await metrics())`])
    expect(metrics).toContain('wecom_callbacks_total{what="handled"} 0')
  }, 60_000)

  test('runs the example of ./crypto, which opens what WeCom itself encrypted', async () => {
    const index = examples.findIndex(code => code.includes('createWecomCrypto('))
    const [echo, envelope] = (await project.run(process.execPath, [`out/example${index}.js`])).split('\n')
    expect(echo).toBe('1616140317555161061')
    expect(envelope).toMatch(/^<xml><Encrypt>/)
  }, 60_000)

  test('holds the built code, the documents and nothing else', async () => {
    const files = await project.run('find', ['node_modules/fastify-wecom', '-type', 'f', '-not', '-path', '*/dist/*'])
    expect(files.trim().split('\n').map(file => file.replace('node_modules/fastify-wecom/', '')).filter(file => !file.startsWith('docs/')).sort())
      .toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'README.zh-CN.md', 'SECURITY.md', 'package.json'])
  })
})
