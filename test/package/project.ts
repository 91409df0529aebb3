import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const execute = promisify(execFile)

/** An empty project outside the repository, with the packed tarball installed as its user would. */
export interface Project {
  directory: string
  write (name: string, content: string): void
  /** Other versions than those it was made with. */
  install (...packages: string[]): Promise<void>
  /** Runs a command in it; throws with the output where it fails. */
  run (command: string, args: string[], env?: Record<string, string>): Promise<string>
  remove (): void
}

/** Installs what `npm run build` made and `npm pack` packed. */
export async function installPacked (dependencies: Record<string, string>): Promise<Project> {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-wecom-consumer-'))
  const project: Project = {
    directory,
    write: (name, content) => { writeFileSync(join(directory, name), content) },
    install: async (...packages) => { await project.run('npm', ['install', ...packages, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']) },
    async run (command, args, env = {}) {
      try {
        const { stdout } = await execute(command, args, { cwd: directory, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 })
        return stdout
      } catch (error) {
        const { message, stdout, stderr } = error as Error & { stdout: string, stderr: string }
        throw new Error(`${message}\n${stdout}\n${stderr}`)
      }
    },
    remove: () => { rmSync(directory, { recursive: true, force: true }) }
  }
  project.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies: { ...dependencies, 'fastify-wecom': `file:${await packed()}` } }))
  await project.install()
  return project
}

/** The tarball, packed once in a run. */
async function packed (): Promise<string> {
  const shared = inject('shared')
  const tarball = join(shared, 'fastify-wecom.tgz')
  if (existsSync(tarball)) return tarball
  // Files side by side may both come here: each packs apart, and one name is the last.
  const apart = mkdtempSync(join(shared, 'pack-'))
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', apart], { cwd: root })
  renameSync(join(apart, readdirSync(apart)[0] as string), tarball)
  return tarball
}

/** The tsconfig.json of a strict project. */
export function tsconfig (options: object, include: string[]): string {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    types: ['node'],
    outDir: 'out',
    rootDir: '.',
    ...options
  }
  return JSON.stringify({ compilerOptions, include })
}
