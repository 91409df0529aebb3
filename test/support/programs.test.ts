import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const REDIS = 'The tests need redis-server 6 or later: install it (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis) and run the tests again.'
const CHROMIUM = 'The tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium fonts-noto-cjk; macOS: brew install --cask chromium; a browser elsewhere: set CHROMIUM_PATH) and run the tests again.'
const BOTH = 'The tests need redis-server 6 or later and Chromium: install them (Debian, Ubuntu: sudo apt-get install redis-server chromium fonts-noto-cjk; macOS: brew install redis && brew install --cask chromium; a browser elsewhere: set CHROMIUM_PATH) and run the tests again.'

const NOBODY = 65_534

/** The user `nobody` where this is root: unless nobody else may read this checkout, as below /root. */
function unprivileged (): { uid?: number, gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const user = { uid: NOBODY, gid: NOBODY }
  try {
    execFileSync(process.execPath, ['--eval', 'fs.readdirSync(process.argv[1])', join(root, 'node_modules')], { ...user, cwd: '/', stdio: 'ignore' })
    return user
  } catch {
    return {}
  }
}

/** Runs test files where nothing can be installed, and only Node.js and these commands are on the PATH. */
async function runTests (files: string[], commands: string[]) {
  const path = mkdtempSync(join(tmpdir(), 'fastify-wecom-path-'))
  onTestFinished(() => { rmSync(path, { recursive: true, force: true }) })
  chmodSync(path, 0o755)
  symlinkSync(process.execPath, join(path, 'node'))
  for (const command of commands) writeFileSync(join(path, command), '', { mode: 0o755 })
  // The other loader of the configuration writes to node_modules, which may be somebody else's.
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--configLoader', 'runner', '--config', 'test/vitest.config.ts', ...files]
  // A Mac has Chromium in a place of its own, whatever the PATH is.
  const browser = commands.includes('chromium') ? {} : { CHROMIUM_PATH: join(path, 'chromium') }
  return await new Promise<{ exitCode: number | string | null | undefined, lines: string[] }>(resolve => {
    execFile(process.execPath, args, { cwd: root, env: { PATH: path, HOME: tmpdir(), NO_COLOR: '1', ...browser }, ...unprivileged() }, (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : error.code, lines: (out + err).split('\n') })
    })
  })
}

test('without Redis, Chromium and the right to install them, one line says what to install before the first test and again at the end, and the run fails', async () => {
  const { exitCode, lines } = await runTests(['test/redis/contract.test.ts', 'test/browser/select.test.ts', 'test/errors.test.ts'], [])
  expect(exitCode).toBe(1)
  const told = lines.flatMap((line, index) => line === BOTH ? [index] : [])
  const report = lines.findIndex(line => line.includes('FAIL'))
  expect(told).toHaveLength(2)
  expect(report).toBeGreaterThan(told[0] as number)
  expect(report).toBeLessThan(told[1] as number)
  // Those that need one of them fail, each with its own line; the others pass.
  expect(lines.map(line => line.replace(/^Error: /, '')).filter(line => line === REDIS || line === CHROMIUM).sort()).toEqual([CHROMIUM, REDIS].sort())
  expect(lines.join('\n')).toMatch(/Test Files +2 failed \| 1 passed/)
}, 60_000)

test.each([['Redis', 'test/redis/contract.test.ts', ['chromium'], REDIS], ['Chromium', 'test/browser/select.test.ts', ['redis-server'], CHROMIUM]] as const)('where only %s is missing, only that is told', async (_name, file, commands, line) => {
  const { exitCode, lines } = await runTests([file], [...commands])
  expect(exitCode).toBe(1)
  expect(lines.filter(found => found.startsWith('The tests need'))).toEqual([line, line])
}, 60_000)
