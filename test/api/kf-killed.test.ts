import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../support/compile.js'
import { openFake } from './open.js'

const page = readFileSync(`${root}/docs/sending.md`, 'utf8')
const example = /^```ts\n((?:(?!^```).)*^function customerService .*?)^```/ms.exec(page)?.[1] as string
const messages = Array.from({ length: 7 }, (_, index) => ({ msgtype: 'text', text: { content: `m${index + 1}` } }))

/** The example of docs/sending.md as a module, inside the repository so that it finds the package as built. */
function recipeIn (directory: string): string {
  const { outputText } = ts.transpileModule(`${example}export { customerService }\n`, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  })
  const file = join(directory, 'recipe.mjs')
  writeFileSync(file, outputText)
  return file
}

test('a process that SIGKILL ends in message five of seven loses none: the next one fetches its page again, and no page before it', async () => {
  if (!existsSync(`${root}/dist/api/index.js`)) throw new Error('This test runs the built package in processes of its own: npm run build first.')
  const fake = await openFake({ pageSize: 3 })
  const directory = mkdtempSync(join(root, 'test/api/killed-'))
  onTestFinished(() => { rmSync(directory, { recursive: true }) })
  const recipe = recipeIn(directory)
  const start = (stuckIn: string) => {
    const child = fork(fileURLToPath(new URL('kf-process.mjs', import.meta.url)), [recipe, JSON.stringify(fake.settings), directory, stuckIn], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const exited = once(child, 'exit')
    onTestFinished(async () => { child.kill('SIGKILL'); await exited })
    return { child, exited }
  }
  const handled = () => existsSync(join(directory, 'handled')) ? readFileSync(join(directory, 'handled'), 'utf8').trim().split('\n') : []
  fake.receiveKf('wkA', messages)

  const killed = start('kf5')
  await once(killed.child, 'message')
  killed.child.kill('SIGKILL')
  expect(await killed.exited).toEqual([null, 'SIGKILL'])
  expect(handled()).toEqual(['kf1', 'kf2', 'kf3', 'kf4'])

  const reborn = start('none')
  expect(await reborn.exited).toEqual([0, null])
  expect(handled()).toEqual(['kf1', 'kf2', 'kf3', 'kf4', 'kf4', 'kf5', 'kf6', 'kf7'])
  expect(readFileSync(join(directory, 'wkA'), 'utf8')).toBe('cursor7')
})
