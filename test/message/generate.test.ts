import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { generate, GENERATED, PAGES } from '../../src/message/catalogue/generate.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('npm run generate writes what is made from the catalogue, and takes away what is left over', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'generate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [page] of PAGES) cpSync(join(root, page), join(folder, page), { recursive: true })
  write(folder, `${GENERATED}/types/gone.ts`, '')
  write(folder, 'build/package.json', '{ "type": "module" }')

  const [, config, script] = /^tsc -p (\S+) && node \S+?\/(test\S+)$/.exec(readScripts().generate as string) as unknown as [string, string, string]
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, config), '--outDir', join(folder, 'build')])
  execFileSync(process.execPath, [join(folder, 'build', script)], { cwd: folder })

  for (const [path, content] of generate(path => readFileSync(join(root, path), 'utf8'))) expect(readFileSync(join(folder, path), 'utf8')).toBe(content)
  expect(() => readFileSync(join(folder, GENERATED, 'types/gone.ts'))).toThrow('ENOENT')
})

function readScripts (): Record<string, string> {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts
}

function write (folder: string, path: string, content: string): void {
  mkdirSync(join(folder, dirname(path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
