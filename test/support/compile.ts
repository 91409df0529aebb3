import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\W$/, '')

/** The modules of the package, and the sources of their entries. */
export function packageEntries (): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { exports: Record<string, string | { types: string }> }
  return new Map(Object.entries(exports).flatMap(([path, target]) => typeof target === 'string'
    ? []
    : [[path.replace('.', 'fastify-wecom'), target.types.replace('./dist', `${root}/src`).replace('.d.ts', '.ts')] as const]))
}

/** As a strict project of a user compiles, with the package's names leading to its sources. */
export function strictOptions (paths: Record<string, string[]>): ts.CompilerOptions {
  return {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [`${root}/node_modules/@types`],
    paths
  }
}

/**
 * What the compiler says of files that are nowhere but here, by the names they would have. What they import is not
 * complained about: sources have `npm run types`.
 */
export function complaintsAbout (files: ReadonlyMap<string, string>, options: ts.CompilerOptions, known?: ts.Program): string[] {
  const host = ts.createCompilerHost(options)
  const { fileExists, directoryExists, getSourceFile } = host
  const folders = new Set([...files.keys()].flatMap(name => Array.from(name.matchAll(/\//g), ({ index }) => name.slice(0, index))))
  host.fileExists = name => files.has(name) || fileExists(name)
  host.directoryExists = name => folders.has(name) || directoryExists?.(name) === true
  host.getSourceFile = (name, target, ...rest) => {
    const code = files.get(name)
    return code === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, code, target)
  }
  const program = ts.createProgram([...files.keys()], options, host, known)
  const own = [...files.keys()].flatMap(name => {
    const file = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  })
  return [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...own]
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}
