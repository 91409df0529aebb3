import { families, MARK } from './model.ts'

/** src/playground/kinds.ts: what the picker of the playground lists, a family a line. */
export function writeKinds (): string {
  const rows = families.map(({ name, title, entries }) => {
    const kinds = entries.map(({ key, title: { zh, en } }) => `[${[key, zh, en].map(literal).join(', ')}]`)
    return `  { name: ${literal(name)}, title: ${literal(title)}, kinds: [${kinds.join(', ')}] }`
  })
  return [
    `// ${MARK}`,
    'import type { KindFamily } from \'./protocol.js\'',
    '',
    '/** Every kind, by family: router key, Chinese and English title. */',
    'export const KINDS: KindFamily[] = [',
    rows.join(',\n'),
    ']',
    ''
  ].join('\n')
}

function literal (text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
