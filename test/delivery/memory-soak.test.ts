import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('a million distinct messages stay within the bound of the memory store', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', fileURLToPath(new URL('memory-soak.mjs', import.meta.url))])
  const lines = stdout.trim().split('\n')
  const { heaps, remembersTheLast } = JSON.parse(lines.pop() as string) as { heaps: number[], remembersTheLast: boolean }
  console.log(lines.join('\n'))
  expect(lines).toHaveLength(10)
  expect(remembersTheLast).toBe(true)
  // The bound (64 MiB) and what Node.js takes by itself; the second half of the run adds nothing.
  expect(Math.max(...heaps)).toBeLessThan((64 + 16) * 2 ** 20)
  expect(heaps[9]).toBeLessThan((heaps[4] as number) * 1.05)
}, 120_000)
