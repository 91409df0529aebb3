import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cureFor, CURES } from '../../src/api/cures.js'
import { FAKE_API_FAULTS } from '../../src/testing/index.js'
import { root } from '../support/compile.js'

const page = readFileSync(`${root}/docs/sending.md`, 'utf8')
const recipes = readdirSync(`${root}/test/api/recipes`).filter(name => name.endsWith('.test.ts'))

test.each(recipes)('docs/sending.md shows the code that %s runs, in 30 lines at most', name => {
  const [code = ''] = /^function [^]*?^}$/m.exec(readFileSync(`${root}/test/api/recipes/${name}`, 'utf8')) ?? []
  expect(code.split('\n').length).toBeGreaterThan(3)
  expect(code.split('\n').length).toBeLessThanOrEqual(30)
  expect(page).toContain(`\n${code}\n`)
})

test('docs/sending.md lists every cure, and every fault', () => {
  const rows = Object.fromEntries(Array.from(page.matchAll(/^\| (-?\d+) \| (.+?) \| [^|]+ \|$/gm), ([, errcode, cure]) => [errcode, cure]))
  expect(rows).toEqual(CURES)
  expect(page).toContain(`| 86000–86999 | ${cureFor(86_000)} | `)
  const codes = (text: string) => Array.from(text.matchAll(/^\| (-?\d+(?:–\d+)?) \|/gm), ([, code]) => code)
  expect(codes(readFileSync(`${root}/docs/zh-CN/sending.md`, 'utf8'))).toEqual(codes(page))
  for (const fault of FAKE_API_FAULTS) expect(page).toContain(`\`${fault}\``)
})

test('the package\'s core never loads the API', () => {
  const seen = new Set<string>()
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/from '(\.{1,2}\/[^']+)\.js'/g)) walk(new URL(`${path}.ts`, `file://${file}`).pathname)
  }
  walk(`${root}/src/index.ts`)
  expect([...seen].filter(file => file.includes('/src/api/'))).toEqual([])
  expect(seen.size).toBeGreaterThan(20)
})
