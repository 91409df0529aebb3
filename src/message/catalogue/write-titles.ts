import { families } from './model.ts'
import { literal, MARK } from './text.ts'

/** generated/titles.ts: every kind with its titles, a family a line; the playground lists them. */
export function writeTitles (): string {
  const rows = families.map(({ name, title: { zh, en }, entries }) => {
    const kinds = entries.map(({ key, title: { zh, en } }) => `[${[key, zh, en].map(literal).join(', ')}]`)
    return `  { name: ${literal(name)}, zh: ${literal(zh)}, en: ${literal(en)}, kinds: [${kinds.join(', ')}] }`
  })
  return [
    `// ${MARK}`,
    'interface FamilyTitles {',
    '  name: string',
    '  zh: string',
    '  en: string',
    '  kinds: Array<[key: string, zh: string, en: string]>',
    '}',
    '',
    '/** Every kind, by family: router key, Chinese and English title. */',
    'export const TITLES: FamilyTitles[] = [',
    rows.join(',\n'),
    ']',
    ''
  ].join('\n')
}
