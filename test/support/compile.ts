import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\W$/, '')

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

/** What the compiler says of files that are nowhere but here, by the names they would have. */
export function complaintsAbout (files: ReadonlyMap<string, string>, options: ts.CompilerOptions, known?: ts.Program): string[] {
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = name => files.has(name) || fileExists(name)
  host.getSourceFile = (name, target, ...rest) => {
    const code = files.get(name)
    return code === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, code, target)
  }
  return ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host, known))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}
