import { interfaceName } from '../../src/message/catalogue/names.ts'
import { MARK } from '../../src/message/catalogue/text.ts'
import { catalogue, expectedOf, type IndependentEntry } from './independent.ts'

/** The folder of the expected messages, from the root of the repository. */
export const EXPECTED = 'test/message/expected'

/**
 * What the samples must become, by the reader of independent.ts: path from the root of the repository, and content. tsc checks it
 * against the interfaces, samples.test.ts compares it with what the plugin hands out.
 */
export function expectedFiles (): Map<string, string> {
  return new Map([...catalogue].map(([family, entries]) => [`${EXPECTED}/${family}.ts`, writeExpected(entries)]))
}

function writeExpected (entries: IndependentEntry[]): string {
  const names = [...new Set(entries.map(interfaceName))].sort()
  const rows = entries.map(entry => {
    const messages = entry.samples.map(({ xml, json }) =>
      `    ${literal(json ?? expectedOf(entry, xml as string))} satisfies ${interfaceName(entry)}`)
    return `  ${property(entry.key)}: [\n${messages.join(',\n')}\n  ]`
  })
  return [
    `// ${MARK}`,
    `import type { ${names.join(', ')} } from '../../../src/message/types.js'`,
    '',
    'export const expected = {',
    rows.join(',\n'),
    '}',
    ''
  ].join('\n')
}

function literal (value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value).map(([name, field]) => `${property(name)}: ${literal(field)}`).join(', ')} }`
  }
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
    : String(value)
}

function property (name: string): string {
  return /^\w+$/.test(name) ? name : `'${name}'`
}
