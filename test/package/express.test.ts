import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf } from '../docs/examples.js'
import { installPacked, tsconfig, type Project } from './project.js'

const settings = { WECOM_TOKEN: 'QDG6eK', WECOM_ENCODING_AES_KEY: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C', WECOM_RECEIVE_ID: 'ww5823bf96d3bd56c7' }
/** What needs neither Fastify nor Express. */
const SUBPATHS = ['express', 'node', 'core', 'crypto', 'receiver', 'testing']

/** Whoever has no @types/express tells the compiler that Express is there. */
const UNTYPED = `
declare module 'express' {
  const express: any
  export default express
}
`
const APP_UNTYPED = `
import express from 'express'
import { text, wecomCallback, type ExpressRequest, type ExpressResponse } from 'fastify-wecom/express'
import { credentials } from './bot.js'

const app = express()
app.use('/wecom/callback', wecomCallback({ credentials }))
app.post('/wecom/callback', (request: ExpressRequest & Express.Request, response: ExpressResponse & Express.Response) => {
  const { wecomMessage: message, wecom } = request
  // @ts-expect-error -- a kind has the fields that it has
  wecom.log.info({ nothing: message.Nothing })
  // @ts-expect-error -- no kind of reply
  if (message.MsgType === 'hello') response.encrypted({ MsgType: 'hello' })
  if (message.MsgType === 'text') response.encrypted(text(message.Content))
  else response.encrypted()
})
app.listen(3000)
`
const APP = APP_UNTYPED
  .replace(', type ExpressRequest, type ExpressResponse', '')
  .replace('request: ExpressRequest & Express.Request, response: ExpressResponse & Express.Response', 'request, response')

// TypeScript 7 takes a fifth of the time; consumer.test.ts has Express 5 and its types with both.
describe.each([
  ['Express 5 and its types', { express: '5', '@types/express': '5', typescript: '7' }],
  ['Express 5 without types', { express: '5', typescript: '7' }],
  ['Express 4 and its types', { express: '4', '@types/express': '4', typescript: '7' }]
])('a strict project with %s, without Fastify', (_which, dependencies: Record<string, string>) => {
  let project: Project
  const typed = '@types/express' in dependencies
  const examples = typed ? [...filesOf('docs/frameworks.md')].filter(([name]) => name.startsWith('express') || name === 'bot.ts') : [...filesOf('docs/frameworks.md')].filter(([name]) => name === 'bot.ts')

  beforeAll(async () => {
    project = await installPacked({ ...dependencies, '@types/node': '20' })
    if (!typed) project.write('express.d.ts', UNTYPED)
    for (const [name, code] of [...examples, ['app.ts', typed ? APP : APP_UNTYPED] as const]) project.write(name, code.replace(/\b3000\b/, '0'))
    project.write('subpaths.ts', SUBPATHS.map(name => `export * as ${name} from 'fastify-wecom/${name}'\n`).join(''))
    for (const name of ['play-frameworks.mjs', 'inject-lambda.mjs']) project.write(name, readFileSync(new URL(name, import.meta.url), 'utf8'))
  }, 240_000)
  afterAll(() => { project.remove() }, 60_000)

  test('has no Fastify, and loads the doors that need none', async () => {
    await expect(project.run(process.execPath, ['--input-type=module', '-e', 'await import("fastify")'])).rejects.toThrow('ERR_MODULE_NOT_FOUND')
    const script = `for (const name of ${JSON.stringify(SUBPATHS)}) console.log(Object.keys(await import('fastify-wecom/' + name)).length > 0)`
    expect(await project.run(process.execPath, ['--input-type=module', '-e', script])).toBe('true\n'.repeat(SUBPATHS.length))
  }, 60_000)

  test('compiles, declarations of the package included', async () => {
    project.write('tsconfig.json', tsconfig({ skipLibCheck: false }, ['*.ts']))
    await project.run('npx', ['tsc'])
  }, 120_000)

  test.each([...examples.map(([name]) => name).filter(name => name !== 'bot.ts'), 'app.ts'])('%s serves over a socket', async name => {
    const output = await project.run(process.execPath, ['play-frameworks.mjs', `./out/${name.replace('.ts', '.js')}`], settings)
    expect(JSON.parse(output.split('\n').find(line => line.startsWith('{"verified"')) as string)).toMatchObject({
      verified: true, status: 200, text: expect.any(String) as string, problems: [], silent: 200, forged: [401, 'Unauthorized']
    })
  }, 60_000)
})
