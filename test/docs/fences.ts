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

/** Whose tests run the blocks of a tag, or, with languages that this machine has no compiler of, where these may stand. */
const ELSEWHERE: Record<string, string[]> = {
  nginx: ['docs/deployment.md'],
  caddyfile: ['docs/deployment.md'],
  dockerfile: ['docs/deployment.md'],
  yaml: ['docs/deployment.md'],
  conf: ['docs/deployment.md'],
  php: ['docs/migration.md'],
  java: ['docs/migration.md']
}

/** What is wrong with the code blocks of a page, but for types. */
export async function checkFences ({ path, fences }: Page): Promise<string[]> {
  const complaints = await Promise.all(fences.map(async fence => (await check(path, fence)).map(text => `block ${fence.number}: ${text}`)))
  return complaints.flat()
}

async function check (path: string, { tag, code }: Fence): Promise<string[]> {
  if (tag === '') return [`no language after \`\`\`: ${code.split('\n')[0]}`]
  if (ELSEWHERE[tag]?.includes(path) === true) return []
  const check = CHECKS[tag]
  return check === undefined ? [`nothing checks '${tag}' on this page`] : await check(code)
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
