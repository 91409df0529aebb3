import { baseOf } from './bases.ts'
import { discriminants, families, fieldTree, interfaceName, listed, mapName, MARK, timeLimit, type Entry, type Family, type FieldNode } from './model.ts'

/** src/message/types/<family>.ts: an interface for each kind, and their keys. */
export function writeFamily ({ name, title, entries }: Family): string {
  const bases = [...new Set(entries.map(entry => baseOf(entry, fieldTree(entry)).base))].sort()
  return [
    `// ${MARK}`,
    `import type { ${bases.join(', ')} } from './base.js'`,
    '',
    ...entries.flatMap(entry => [...writeInterface(entry), '']),
    `/** ${title}: router key to message. */`,
    `export interface ${mapName(name)} {`,
    ...entries.flatMap(entry => [`  /** ${safe(`${entry.title.zh} ${entry.title.en}`)}. */`, `  ${quoteKey(entry.key)}: ${interfaceName(entry)}`]),
    '}',
    ''
  ].join('\n')
}

/** src/message/types/all.ts: all families in one map. */
export function writeAll (): string {
  const passive = families.flatMap(({ entries }) => entries.filter(({ passiveReply }) => passiveReply).map(({ key }) => key))
  return [
    `// ${MARK}`,
    ...families.map(({ name }) => `import type { ${mapName(name)} } from './${name}.js'`),
    '',
    ...families.map(({ name }) => `export type * from './${name}.js'`),
    '',
    '/** Every kind this package knows: router key to message. */',
    'export interface MessageMap extends',
    `${families.map(({ name }) => `  ${mapName(name)}`).join(',\n')} {}`,
    '',
    '/** The kinds that a passive reply is taken for. */',
    'export type PassiveReplyKey =',
    ...passive.map(key => `  | '${key}'`),
    ''
  ].join('\n')
}

function writeInterface (entry: Entry): string[] {
  const tree = fieldTree(entry)
  const { base, rest } = baseOf(entry, tree)
  const literals = discriminants(entry)
  const lines = [...writeDoc(entry), `export interface ${interfaceName(entry)} extends ${base} {`]
  for (const name of ['MsgType', 'Event', 'InfoType', 'ChangeType', 'msgtype', 'resource_type']) {
    if (literals[name] !== undefined && !(entry.kind === 'event' && name === 'MsgType')) lines.push(`  /** ${safe(about(entry))} */ ${name}: ${union(literals[name])}`)
  }
  if ((entry.kind === 'event' || entry.kind === 'info') && literals.ChangeType === undefined) lines.push('  ChangeType?: never')
  if (entry.kind === 'groupbot' && literals['Event.EventType'] === undefined) lines.push('  Event?: never')
  const fields = rest.filter(({ path }) => literals[path] === undefined)
  return [...lines, ...fields.flatMap(field => writeField(field, literals, '  ', about(entry))), '}']
}

/** What an editor shows beside the note of a field: whose field it is, and the pages. */
function about ({ title, docs }: Entry): string {
  return `${title.zh} ${title.en}${docs.length === 0 ? '' : ` [${docs.join(', ')}]`}.`
}

function writeField (field: FieldNode, literals: Record<string, string[]>, indent: string, whose: string): string[] {
  const { name, path, type, list, optional, note, children } = field
  const literal = literals[path]
  const notes = [note, type === 'time' && !/second/i.test(note ?? '') ? 'unix seconds' : undefined].filter(text => text !== undefined)
  // On the line itself where there is nothing to say but that: files are to be read at one sitting.
  const doc = notes.length === 0 ? [] : [`${indent}/** ${safe(`${sentence(notes.join('; '))} ${whose}`)} */`]
  const head = `${indent}${notes.length === 0 ? `/** ${safe(whose)} */ ` : ''}${name}${optional === true ? '?' : ''}: `
  if (children.length > 0) {
    return [...doc, list === true ? `${head}Array<{` : `${head}{`, ...children.flatMap(child => writeField(child, literals, `${indent}  `, whose)), list === true ? `${indent}}>` : `${indent}}`]
  }
  const scalar = literal === undefined ? type === 'number' || type === 'time' ? 'number' : 'string' : union(literal)
  return [...doc, `${head}${scalar}${list === true ? '[]' : ''}`]
}

function writeDoc (entry: Entry): string[] {
  const { title, key, docs, scene, openTo, url, chatTypes, expect, answerWithinMs, sentOnce, confidence, note } = entry
  const where = [
    `Scene ${scene}`,
    openTo === undefined ? undefined : `to ${listed(openTo)} apps`,
    url === undefined ? undefined : `to the ${url.replaceAll('-', ' ')} URL`,
    chatTypes === undefined ? undefined : `in ${chatTypes.join(' and ')} chats`
  ].filter(part => part !== undefined).join(', ')
  const lines = [
    `${title.zh} ${title.en}: \`${key}\`${docs.length === 0 ? '' : ` [${docs.join(', ')}]`}.`,
    '',
    `${where}. Answer: ${expect}${/within|never/.test(expect) ? '' : `, within ${timeLimit(entry)}`}.`,
    ...(answerWithinMs === undefined && sentOnce !== true ? [] : [sentOnce === true ? 'WeCom sends it once and never again.' : 'The time limit is shorter than the usual 5 s: answer first, work after.']),
    ...(note === undefined ? [] : [sentence(note)]),
    ...(confidence === 'high' ? [] : [`Confidence ${confidence}: not all of it is confirmed by an official page.`])
  ]
  return ['/**', ...lines.map(line => safe(` * ${line}`).trimEnd()), ' */']
}

function union (literals: string[]): string {
  return literals.map(literal => `'${literal}'`).join(' | ')
}

function quoteKey (key: string): string {
  return /^\w+$/.test(key) ? key : `'${key}'`
}

/** Begins with a capital, unless it begins with a name or with values; ends with a full stop. */
function sentence (text: string): string {
  const named = !/^[a-z]+(-[a-z]+)?( |$)/.test(text) || /^(userids?|corpid|add_|[a-z]+ or [a-z]+\.?$)/.test(text)
  const begun = named ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

function safe (text: string): string {
  return text.replaceAll('*/', '*\u200b/')
}
