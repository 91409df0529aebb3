import { entries, families, fieldTree, replySets, type Entry, type Family } from './model.ts'
import { discriminants, interfaceName, mapName, replyTypeName } from './names.ts'
import { answerOf, listed, MARK, property, timeLimit, union } from './text.ts'
import { safe, sentence, writeField } from './write-fields.ts'

/** generated/types/<family>.ts: an interface for each kind, and their keys. */
export function writeFamily ({ name, title, entries }: Family): string {
  const bases = [...new Set(entries.map(({ base }) => base.name))].sort()
  return [
    `// ${MARK}`,
    `import type { ${bases.join(', ')} } from './bases.js'`,
    '',
    ...entries.flatMap(entry => [...writeInterface(entry), '']),
    `/** ${title}: router key to message. */`,
    `export interface ${mapName(name)} {`,
    ...entries.flatMap(entry => [
      `  /** ${safe(titleOf(entry))}. */`,
      `  ${property(entry.key)}: ${interfaceName(entry)}`
    ]),
    '}',
    ''
  ].join('\n')
}

/** generated/types/all.ts: all families in one map. */
export function writeAll (): string {
  return [
    `// ${MARK}`,
    ...families.map(({ name }) => `import type { ${mapName(name)} } from './${name}.js'`),
    'import type { ReplyKinds } from \'./replies.js\'',
    '',
    ...families.map(({ name }) => `export type * from './${name}.js'`),
    '',
    '/** Every kind this package knows: router key to message. */',
    'export interface MessageMap extends',
    `${families.map(({ name }) => `  ${mapName(name)}`).join(',\n')} {}`,
    '',
    '/** The kinds that a passive reply is taken for. */',
    'export type PassiveReplyKey = keyof ReplyKinds',
    ''
  ].join('\n')
}

/** generated/types/replies.ts: the kinds of reply that each kind takes. */
export function writeReplyKinds (): string {
  return [
    `// ${MARK}`,
    ...Object.entries(replySets).map(([name, kinds]) => `type ${replyTypeName(name)} = ${union(kinds)}`),
    '',
    '/** Router key to the kinds of passive reply that WeCom takes; it takes none for a key that is not here. */',
    'export interface ReplyKinds {',
    ...entries.flatMap(({ key, replies }) =>
      replies === undefined ? [] : [`  ${property(key)}: ${replyTypeName(replies)}`]),
    '}',
    ''
  ].join('\n')
}

function writeInterface (entry: Entry): string[] {
  const literals = discriminants(entry)
  const whose = about(entry)
  // Of events the base says it.
  const told = Object.keys(literals)
    .filter(name => !name.includes('.') && !(entry.category === 'event' && name === 'MsgType'))
  const fields = fieldTree(entry.ownFields, entry.key).filter(({ path }) => literals[path] === undefined)
  return [
    ...writeDoc(entry),
    `export interface ${interfaceName(entry)} extends ${entry.base.name} {`,
    ...told.map(name => `  /** ${safe(whose)} */ ${name}: ${union(literals[name] as string[])}`),
    ...lacking(entry, literals).map(name => `  ${name}?: never`),
    ...fields.flatMap(field => writeField(field, { literals, whose })),
    '}'
  ]
}

/** The discriminants that others of the category have. */
function lacking ({ category }: Entry, literals: Record<string, string[]>): string[] {
  if (category === 'event' || category === 'info') return literals.ChangeType === undefined ? ['ChangeType'] : []
  return category === 'groupbot' && literals['Event.EventType'] === undefined ? ['Event'] : []
}

/** What an editor shows beside the note of a field: whose field it is, and the pages. */
function about (entry: Entry): string {
  return `${titleOf(entry)}${pages(entry)}.`
}

function titleOf ({ title }: Entry): string {
  return `${title.zh} ${title.en}`
}

function pages ({ docs }: Entry): string {
  return docs.length === 0 ? '' : ` [${docs.join(', ')}]`
}

function writeDoc (entry: Entry): string[] {
  const { key, scene, openTo, url, chatTypes, overHttp, answerWithinMs, sentOnce, confidence, note } = entry
  const where = [
    `Scene ${scene}`,
    openTo === undefined ? undefined : `to ${listed(openTo)} apps`,
    url === undefined ? undefined : `to the ${url.replaceAll('-', ' ')} URL`,
    chatTypes === undefined ? undefined : `in ${chatTypes.join(' and ')} chats`
  ].filter(part => part !== undefined).join(', ')
  const lines = [
    `${titleOf(entry)}: \`${key}\`${pages(entry)}.`,
    '',
    `${where}. Answer: ${answerOf(entry)}${overHttp === false ? '' : `, within ${timeLimit(entry)}`}.`,
    sentOnce === true ? 'WeCom sends it once and never again.' : undefined,
    answerWithinMs === undefined
      ? undefined
      : 'The time limit is shorter than the usual 5 s: answer first, work after.',
    note === undefined ? undefined : sentence(note.en),
    confidence === 'high' ? undefined : `Confidence ${confidence}: not all of it is confirmed by an official page.`
  ]
  return ['/**', ...lines.filter(line => line !== undefined).map(line => safe(` * ${line}`).trimEnd()), ' */']
}
