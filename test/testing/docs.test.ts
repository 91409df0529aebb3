import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = [...readFileSync(join(root, 'docs/testing.md'), 'utf8').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => ({ name: name as string, code: code as string }))
let directory: string

// Inside the repository, so that the package finds itself by its name, as built.
beforeAll(() => {
  directory = mkdtempSync(join(root, 'test/testing/examples-'))
  for (const { name, code } of examples) writeFileSync(join(directory, name), code)
  // Or vitest would find the one of this repository further up.
  writeFileSync(join(directory, 'vitest.config.js'), 'export default {}\n')
})
afterAll(() => { rmSync(directory, { recursive: true }) })

async function runner (args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: directory, env: { ...process.env, NODE_TEST_CONTEXT: undefined, VITEST: undefined } })
  return stdout
}

test('the examples of docs/testing.md are of these runners', () => {
  expect(examples.map(({ name }) => name)).toEqual(['bot.js', 'bot.node.test.js', 'bot.vitest.test.js', 'follow.node.test.js', 'clock.node.test.js', 'simulator.node.test.js'])
})

test('the examples for node:test pass under node --test', async () => {
  const files = examples.map(({ name }) => name).filter(name => name.includes('.node.'))
  expect(await runner(['--test', '--test-reporter=tap', ...files])).toMatch(/^# pass 4\n# fail 0/m)
})

test('the example for vitest passes under vitest', async () => {
  const report = JSON.parse(await runner([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json', 'bot.vitest.test.js'])) as { numPassedTests: number, success: boolean }
  expect(report).toMatchObject({ numPassedTests: 3, success: true })
})

test('the ten-line test is ten lines', () => {
  const [, ...lines] = /^test\(.*?^}\)$/ms.exec(examples[1]?.code ?? '')?.[0].split('\n') ?? []
  expect(lines.length).toBeLessThanOrEqual(10)
})

test('the plugin never loads the test kit or its samples', () => {
  const seen = new Set<string>()
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/from '(\.{1,2}\/[^']+)'/g)) walk(join(file, '..', path as string))
  }
  walk(join(root, 'dist/index.js'))
  expect([...seen].filter(file => /\/(testing|cli|samples)\//.test(file))).toEqual([])
  expect(seen.size).toBeGreaterThan(20)
})
