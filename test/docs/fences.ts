import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Fence, Page } from './page.js'
import { checkShell } from './shell.js'

const run = promisify(execFile)

type Check = (code: string) => string[] | Promise<string[]>

/** How a code block is checked, by its tag. */
const CHECKS: Record<string, Check> = {
  // In one program for all pages, see compile.ts.
  ts: () => [],
  js: checkJavaScript,
  sh: checkShell,
  json: checkJson,
  // What a program prints, and pictures made of letters.
  text: () => []
}

/** What `deployment.test.ts` runs: of its page, so many blocks of each of these. */
const DEPLOYED: Record<string, number> = { nginx: 2, caddyfile: 1, dockerfile: 1, yaml: 1, conf: 1 }
/** What people come from, shown where there is no compiler for it. */
const FOREIGN = ['php', 'java']

/** What is wrong with the code blocks of a page, but for types. */
export async function checkFences (page: Page): Promise<string[]> {
  const complaints = await Promise.all(page.fences.map(async fence => (await check(page, fence)).map(text => `block ${fence.number}: ${text}`)))
  return complaints.flat()
}

async function check ({ path, fences }: Page, fence: Fence): Promise<string[]> {
  const { tag, code } = fence
  if (tag === '') return [`no language after \`\`\`: ${code.split('\n')[0]}`]
  const among = fences.filter(other => other.tag === tag).indexOf(fence)
  if (path === 'docs/deployment.md' && among < (DEPLOYED[tag] ?? 0)) return []
  if (path === 'docs/migration.md' && FOREIGN.includes(tag)) return []
  const check = CHECKS[tag]
  return check === undefined ? [`nothing checks this '${tag}'`] : await check(code)
}

function checkJson (code: string): string[] {
  try {
    JSON.parse(code)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

async function checkJavaScript (code: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-docs-'))
  const file = join(directory, /^import |^export /m.test(code) ? 'block.mjs' : 'block.cjs')
  try {
    writeFileSync(file, code)
    await run(process.execPath, ['--check', file])
    return []
  } catch (error) {
    return [(error as { stderr: string }).stderr]
  } finally {
    rmSync(directory, { recursive: true })
  }
}
