import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { CHROMIUM, mayInstall, REDIS, whatToInstall } from './programs.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** A directory for what test files share, removed when the run ends. */
    shared: string
  }
}

/** Before the first test; what it returns runs after the last. */
export default function setup (project: TestProject): () => void {
  const shared = mkdtempSync(join(tmpdir(), 'fastify-wecom-shared-'))
  project.provide('shared', shared)
  const tellAgain = tellWhatIsMissing()
  return () => {
    rmSync(shared, { recursive: true, force: true })
    tellAgain?.()
  }
}

/** Says at the start, and again below the report, what tests will fail for: nobody waits for the end to learn it. */
function tellWhatIsMissing (): (() => void) | undefined {
  // Each project of the tests asks; one line is enough.
  if (told in process) return undefined
  Object.assign(process, { [told]: true })
  const missing = [REDIS, CHROMIUM].filter(program => program.find() === undefined)
  if (missing.length === 0 || mayInstall()) return undefined
  const tell = () => { console.error(`\n${whatToInstall(missing)}\n`) }
  tell()
  return tell
}

const told = Symbol.for('fastify-wecom.told-what-is-missing')
