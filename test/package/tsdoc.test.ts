import ts from 'typescript'
import { expect, test } from 'vitest'
import { complaintsAbout, packageEntries, root, strictOptions } from '../support/compile.js'

const entries = packageEntries()
const options = strictOptions(Object.fromEntries([...entries].map(([name, source]) => [name, [source]])))
const program = ts.createProgram([...entries.values()], ts.convertCompilerOptionsFromJson(options, root).options)
const checker = program.getTypeChecker()

/** What the package gives a store, which nobody writes. */
const GIVEN = ['AttachOptions']

interface Documented {
  name: string
  module: string
  text: string
  examples: string[]
  /** The interface that an option is of. */
  option?: string
  optional: boolean
  /** A quantity. */
  number: boolean
}

const exported = Array.from(entries, ([module, source]) => {
  const file = checker.getSymbolAtLocation(program.getSourceFile(source) as ts.SourceFile) as ts.Symbol
  return [module, checker.getExportsOfModule(file)] as const
})
const publics = exported.flatMap(([module, symbols]) => symbols.flatMap(symbol => documentedOf(module, symbol)))

/** A function, or the properties of an interface of options. */
function documentedOf (module: string, exported: ts.Symbol): Documented[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const { name } = exported
  if (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) {
    if (!/(Options|Settings)$|^WecomCredential$|^DeadLetterRange$/.test(name) || GIVEN.includes(name)) return []
    return checker.getDeclaredTypeOfSymbol(symbol).getProperties().map(property => ({ ...docs(module, `${name}.${property.name}`, property), option: name }))
  }
  if (!(symbol.flags & ts.SymbolFlags.Value) || !symbol.valueDeclaration) return []
  const callable = checker.getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration).getCallSignatures().length > 0
  return callable ? [docs(module, name, symbol)] : []
}

function docs (module: string, name: string, symbol: ts.Symbol): Documented {
  return {
    name,
    module,
    optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
    number: /^number( \| undefined)?$/.test(checker.typeToString(checker.getTypeOfSymbol(symbol))),
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    examples: symbol.getJsDocTags(checker).filter(tag => tag.name === 'example').map(tag => ts.displayPartsToString(tag.text).replace(/^```ts\n([^]*)\n```$/, '$1'))
  }
}

test('every public function and option says what it is, with an example', () => {
  expect(publics.length).toBeGreaterThan(100)
  expect([...new Set(publics.filter(({ text, examples }) => text === '' || examples.length === 0).map(({ name }) => name))]).toEqual([])
})

test('an option says its default, and a quantity its unit', () => {
  const options = publics.filter(({ option }) => option !== undefined)
  const silent = options.filter(({ name, text, optional }) => optional && !/\.(app|path|url)$/.test(name) && !/default|left out|Required/i.test(text))
  // A port is no quantity.
  const unitless = options.filter(({ name, text, number }) => number && !name.endsWith('.port') && !/\bms\b|milliseconds|bytes|how (many|often)|multiplies|first one's number/i.test(text))
  expect([...new Set([...silent, ...unitless].map(({ name }) => name))]).toEqual([])
})

/** What the examples do not explain. */
const GIVENS = `
import Fastify from 'fastify'
import express from 'express'
import { createServer } from 'node:http'
import { Redis } from 'ioredis'
declare const token: string, encodingAESKey: string, corpId: string, request: { body: Buffer, query: Record<string, string> }
declare function save (message: object): Promise<void>
const credentials = { token, encodingAESKey, receiveId: corpId }
const connection = { host: 'localhost' }
const encryptionKey = '0'.repeat(64)
const app = Fastify()
const redis = new Redis()
`

test('their examples compile', async () => {
  const exportsOf = exported.map(([module, symbols]) => [module, symbols.map(({ name }) => name).filter(name => name !== 'default')] as const)
  const all = new Map<string, string>()
  for (const { name, module, examples, option } of publics) {
    for (const [index, example] of examples.entries()) {
      // The module itself first: some names are exported by several.
      const code = option === undefined ? example : `export const example: Partial<${option}> = { ${example} }`
      const words = new Set(code.match(/\w+/g))
      const taken = new Set<string>()
      const imports = [...exportsOf].sort(([a], [b]) => Number(b === module) - Number(a === module)).flatMap(([from, names]) => {
        const fresh = names.filter(name => words.has(name) && !taken.has(name))
        fresh.forEach(name => { taken.add(name) })
        return fresh.length === 0 ? [] : [`import { ${fresh.join(', ')} } from '${from}'`]
      })
      all.set(`${module.replace('/', '.')}.${name}.${index}.mts`, `${imports.join('\n')}${GIVENS}{\n${code.replace(/^export /gm, '')}\n}\nexport {}`)
    }
  }
  expect(await complaintsAbout(all, options)).toEqual([])
})
