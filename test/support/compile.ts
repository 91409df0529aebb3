import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\W$/, '')

/** As tsconfig.json has them. */
export type CompilerOptions = Record<string, unknown>

/** The modules of the package, and the sources of their entries. */
export function packageEntries (): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { exports: Record<string, string | { types: string }> }
  return new Map(Object.entries(exports).flatMap(([path, target]) => typeof target === 'string'
    ? []
    : [[path.replace('.', 'fastify-wecom'), target.types.replace('./dist', `${root}/src`).replace('.d.ts', '.ts')] as const]))
}

/** As a strict project of a user compiles, with the package's names leading to its sources. */
export function strictOptions (paths: Record<string, string[]>): CompilerOptions {
  return {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2023',
    lib: ['es2023', 'es2024.string'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [`${root}/node_modules/@types`],
    paths
  }
}

/**
 * What the compiler says of files, by their names in a folder of their own, which is made in `parent`. What they import
 * is not complained about: sources have `npm run types`.
 */
export async function complaintsAbout (
  files: ReadonlyMap<string, string>, compilerOptions: CompilerOptions, parent = join(root, 'coverage')
): Promise<string[]> {
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, '.compiled-'))
  try {
    for (const [name, code] of [...files, ['tsconfig.json', JSON.stringify({ compilerOptions, files: [...files.keys()] })] as const]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), code)
    }
    return (await printedIn(folder)).split(/\n(?! )/).flatMap(complaint => {
      if (complaint === '') return []
      const [, name, text] = /^(.+?)\(\d+,\d+\): (.*)$/s.exec(complaint) ?? []
      // As of an option that there is not.
      if (name === undefined) throw new Error(complaint)
      return files.has(name) ? [`${name}: ${text as string}`] : []
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** By the native compiler, in a process of its own: a fifth of the time. */
async function printedIn (folder: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const args = [`${root}/node_modules/typescript-7/bin/tsc`, '-p', '.', '--pretty', 'false']
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout) => {
      // 1 and 2: there are complaints.
      if (error === null || ([1, 2].includes(error.code as number) && stdout !== '')) resolve(stdout.trim())
      else reject(error)
    })
  })
}
