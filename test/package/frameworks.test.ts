import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf } from '../docs/examples.js'
import { newSettings } from '../support/requests.js'
import { FRAMEWORK_PACKAGES } from './frameworks.js'
import { installPacked, tsconfig, type Project } from './project.js'
import { webContract } from './web-contract.js'

const files = filesOf('docs/frameworks.md')
const credentials = newSettings('ww5823bf96d3bd56c7')
const settings = {
  WECOM_TOKEN: credentials.token,
  WECOM_ENCODING_AES_KEY: credentials.encodingAESKey,
  WECOM_RECEIVE_ID: credentials.receiveId,
  TLS_PEM: join(import.meta.dirname, '../cli/self-signed.pem')
}
/** An example without a name is run elsewhere, see consumer.test.ts. */
const servers = [...files.keys()].filter(name => !/^(bot|web|crypto|block-\d+)\.ts$/.test(name))
let project: Project

beforeAll(async () => {
  project = await installPacked(FRAMEWORK_PACKAGES)
  for (const [name, code] of files) project.write(name, code.replace(/\b3000\b/, '0'))
  for (const name of ['play-frameworks.mjs', 'inject-lambda.mjs']) project.write(name, readFileSync(new URL(name, import.meta.url), 'utf8'))
  // @types/koa does not fit the newest types of what it builds on.
  project.write('tsconfig.json', tsconfig({ experimentalDecorators: true, skipLibCheck: true }, ['*.ts']))
  await project.run('npx', ['tsc'])
}, 240_000)

afterAll(() => { project.remove() }, 60_000)

describe('docs/frameworks.md', () => {
  test('is about NestJS 11, and one Fastify serves the whole project', () => {
    const version = (...path: string[]) => (JSON.parse(readFileSync(join(project.directory, 'node_modules', ...path, 'package.json'), 'utf8')) as { version: string }).version
    expect(version('@nestjs/core')).toMatch(/^11\./)
    expect(() => version('@nestjs/platform-fastify', 'node_modules', 'fastify')).toThrow('ENOENT')
  })

  test.each(servers)(
    '%s verifies the URL, answers a text, is silent where there is nothing to say, and refuses a forged request', async name => {
      const scheme = name === 'http2.ts' ? ['https'] : []
      const output = await project.run(process.execPath, ['play-frameworks.mjs', `./out/${name.replace('.ts', '.js')}`, ...scheme], { ...settings, NODE_TLS_REJECT_UNAUTHORIZED: '0' })
      expect(JSON.parse(output.split('\n').find(line => line.startsWith('{"verified"')) as string)).toEqual({
        verified: true,
        status: 200,
        text: expect.stringContaining(name === 'express-tenants.ts' ? credentials.receiveId : '你好') as string,
        problems: [],
        silent: 200,
        forged: [401, ['fetch.ts', 'receiver.ts'].includes(name) ? '' : 'Unauthorized']
      })
    }, 60_000)

  test('crypto.ts decrypts the echostr of WeCom\'s page and writes an envelope', async () => {
    expect(await project.run(process.execPath, ['out/crypto.js'])).toMatch(/^1616140317555161061\n<xml>.*<Encrypt>/)
  })
})

describe('a NestJS project as its own command makes it', () => {
  test('CommonJS, strict, with the types of parameters in its decorators: it compiles, and serves on Fastify and on Express', async () => {
    mkdirSync(join(project.directory, 'commonjs'))
    project.write('commonjs/package.json', '{}')
    project.write('commonjs/main.ts', readFileSync(new URL('nest-commonjs.txt', import.meta.url), 'utf8'))
    project.write('commonjs/tsconfig.json', tsconfig({
      verbatimModuleSyntax: false, isolatedModules: true, emitDecoratorMetadata: true, experimentalDecorators: true, exactOptionalPropertyTypes: false
    }, ['*.ts']))
    await project.run('npx', ['tsc', '-p', 'commonjs'])
    expect(readFileSync(join(project.directory, 'commonjs/out/main.js'), 'utf8')).toContain('require("fastify-wecom")')
    const output = await project.run(process.execPath, ['commonjs/out/main.js'], settings)
    expect(output.trim().split('\n')).toEqual(['fastify: true 你说：好 401', 'express: true 你说：好 401'])
  }, 120_000)
})

describe('the adapter of docs/frameworks.md', () => {
  test('is at most sixty lines long', () => {
    expect((files.get('web.ts') as string).trim().split('\n').length).toBeLessThanOrEqual(60)
  })

  webContract(async () => await import(join(project.directory, 'out/web.js')))
})
