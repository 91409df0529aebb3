import { bases, fieldTree, type Base } from './model.ts'
import { safe, writeField } from './write-fields.ts'
import { literal, MARK } from './text.ts'

/** generated/types/bases.ts: what many kinds have in common. */
export function writeBases (): string {
  return [
    `// ${MARK}`,
    '/**',
    ' * What many kinds have in common. Each declares the discriminants it lacks as never, so that one check of',
    ' * MsgType, Event, ChangeType, InfoType or msgtype narrows the union of all.',
    ' */',
    '',
    bases.map(base => [...writeBase(base), ''].join('\n')).join('\n')
  ].join('\n')
}

function writeBase (base: Base): string[] {
  const { name, doc, literals = {}, never = [] } = base
  return [
    ...writeDoc(doc),
    `export interface ${name} ${base.extends === undefined ? '' : `extends ${base.extends} `}{`,
    ...Object.entries(literals).map(([field, value]) => `  /** ${safe(doc.join(' '))} */ ${field}: ${literal(value)}`),
    ...fieldTree(base.fields, name).flatMap(field => writeField(field, { literals: {}, whose: '' })),
    ...never.map(field => `  ${field}?: never`),
    '}'
  ]
}

function writeDoc (lines: string[]): string[] {
  if (lines.length === 1) return lines.map(line => `/** ${safe(line)} */`)
  return ['/**', ...lines.map(line => ` * ${safe(line)}`), ' */']
}
