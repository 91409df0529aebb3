import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../support/compile.js'

// Whether the benchmark works and its servers answer rightly, which it checks itself; never how fast they are.

const run = promisify(execFile)
const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-bench-'))
beforeAll(async () => { await run(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', 'test/bench'], { cwd: root }) })
afterAll(() => rmSync(directory, { recursive: true }))

/** Of every mode, as far as it is looked at here. */
interface Row { server: string, format: string, cpu: number, places: Record<string, unknown>, counted: Record<string, number> }

async function bench (...args: string[]): Promise<{ rows: Row[] }> {
  const json = join(directory, 'bench.json')
  await run(process.execPath, ['coverage/.bench/test/bench/main.js', ...args, '--json', json], { cwd: root })
  return JSON.parse(readFileSync(json, 'utf8'))
}

test('every server of the benchmark answers as it should, and the figures are written as JSON', async () => {
  const { rows } = await bench('--rounds', '1', '--requests', '20', '--warm-up', '20')
  const servers = ['bare', 'bare-node', 'bare-express', 'limit', 'express-glue', 'plugin', 'plugin-sync', 'router', 'memory-off', 'node', 'express', 'redis']
  const names = ['xml', 'json'].flatMap(format => servers.map(server => `${server} ${format}`))
  expect(rows.map(row => `${row.server} ${row.format}`)).toEqual(names)
  for (const { cpu } of rows) expect(cpu).toBeGreaterThan(0)
})

test('allocations are told by file of the package', async () => {
  const { rows } = await bench('--allocations', 'plugin', 'json', '--requests', '50', '--warm-up', '50')
  expect(Object.keys(rows[0]?.places ?? {}).some(place => place.startsWith('dist/'))).toBe(true)
})

test('several processes on one port answer as they should, and each has its share of the requests', async () => {
  const { rows } = await bench('--cluster', 'plugin', 'json', '--rounds', '1', '--requests', '100', '--warm-up', '100')
  expect(rows.length).toBeGreaterThan(0)
  for (const { counted } of rows) {
    const shares = Object.entries(counted).flatMap(([name, share]) => name.startsWith('share of process') ? share : [])
    expect(Math.min(...shares)).toBeGreaterThan(0)
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1)
  }
})
