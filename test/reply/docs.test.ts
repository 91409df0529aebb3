import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { AIBOT_REPLIES } from '../../src/reply/limits/aibot.js'
import { APP_CARDS } from '../../src/reply/limits/app-cards.js'
import { APP_REPLIES } from '../../src/reply/limits/app.js'
import { GROUPBOT_REPLIES } from '../../src/reply/limits/groupbot.js'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\W$/, '')
const page = readFileSync(`${root}/docs/replies.md`, 'utf8')

test('the examples of docs/replies.md compile', () => {
  const examples = Array.from(page.matchAll(/^```ts\n([^]*?)^```/gm), ([, code]) => code as string)
  expect(examples.length).toBeGreaterThan(3)
  const files = new Map(examples.map((code, index) => [`${root}/docs/example-${index}.mts`, code]))
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [`${root}/node_modules/@types`],
    paths: { 'fastify-wecom': [`${root}/src/index.ts`] }
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = name => files.has(name) || fileExists(name)
  host.getSourceFile = (name, target, ...rest) => {
    const code = files.get(name)
    return code === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, code, target)
  }
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host))
  expect(diagnostics.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)).toEqual([])
})

test.each([APP_REPLIES, AIBOT_REPLIES, GROUPBOT_REPLIES, APP_CARDS].flatMap(shapes => Object.keys(shapes)))('docs/replies.md has a row for %s', kind => {
  expect(page).toMatch(new RegExp(`^\\| \`(\\w+: ')?${kind}'?\` \\|`, 'm'))
})
