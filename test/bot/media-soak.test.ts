import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a medium of 100 MB is opened in less than 32 MB', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', fileURLToPath(new URL('media-soak.mjs', import.meta.url))])
  console.log(stdout)
  const runs = stdout.trim().split('\n').map(line => JSON.parse(line) as { bytes: number, whole: boolean, growth: number })
  expect(runs).toMatchObject([{ bytes: 100 * 2 ** 20, whole: true }, { bytes: 100 * 2 ** 20, whole: true }])
  for (const { growth } of runs) expect(growth).toBeLessThan(32 * 2 ** 20)
}, 120_000)
