import { entries, fieldTree, replySets, type Entry, type FieldNode } from './model.ts'
import type { Category } from './source.ts'
import { literal, MARK, property, source } from './text.ts'

type File = [name: string, content: string]

/** The files of shapes and samples, split so that each stays readable. */
const PARTS: Array<[file: string, takes: (entry: Entry) => boolean]> = [
  ['events', ({ category }) => category === 'event'],
  ['infos', ({ category }) => category === 'info'],
  ['messages', ({ category }) => category !== 'event' && category !== 'info']
]

const APP = 'ToUserName! FromUserName! CreateTime# MsgType! Event!? ChangeType!? EventKey!? AgentID!? MsgId!?'

/**
 * What the kinds of a product share, so that the rows needn't say it. Kinds that are not catalogued have these fields
 * at least.
 */
const SHARED: Record<Category, string> = {
  message: APP,
  event: APP,
  info: 'SuiteId!? ServiceCorpId!? AuthCorpId!? InfoType! ChangeType!? TimeStamp#',
  aibot: 'msgid! aibotid! chatid! chattype! create_time# from{userid! corpid! chat_id!} response_url! msgtype!',
  payment: 'id!',
  groupbot: 'WebhookUrl! MsgId! ChatId! PostId!? ChatType! From{UserId! Name? Alias?} GetChatInfoUrl!? MsgType!'
}

/** The files of generated/tables. */
export function writeTables (): File[] {
  return [
    ...PARTS.map(([file, takes]): File => [`${file}.ts`, source(
      '/** Shapes in the notation of shape.ts, without what the product shares. */\n' +
      `export const ${file.toUpperCase()}: Record<string, string> = {`,
      entries.filter(takes).map(entry => `${property(entry.key)}: '${row(entry)}'`)
    )]),
    ['shared.ts', source(
      '/** What all kinds of a product share, in the notation of shape.ts. */\nexport const SHARED = {',
      [['app', APP], ...(['info', 'aibot', 'groupbot', 'payment'] as const).map(product => [product, SHARED[product]])]
        .map(([product, fields]) => `${product}: '${fields}'`)
    )],
    ['aliases.ts', source(
      '/** Other spellings that WeCom uses, and the key they lead to. */\n' +
      'export const ALIASES: Record<string, string> = {',
      entries.flatMap(({ key, aliases = [] }) =>
        aliases.map(alias => `'${key.split('.').with(-1, alias).join('.')}': '${key}'`))
    )],
    ['limits.ts', source(
      '/** The kinds that WeCom does not wait 5 seconds for, or does not send again. */\n' +
      'export const LIMITS: Record<string, { sentOnce?: true, answerWithinMs?: number }> = {',
      entries.flatMap(limits)
    )],
    ['replies.ts', writeReplies()]
  ]
}

/** The files of generated/samples: for the test kit, not for the plugin. */
export function writeSamples (): File[] {
  return PARTS.map(([file, takes]): File => [`${file}.ts`, source(
    '/** Samples by router key, as WeCom writes them. */\n' +
    `export const ${file.toUpperCase()}: Record<string, string[]> = {`,
    entries.filter(takes).map(({ key, samples }) => {
      const texts = samples.flatMap(({ xml, json }) => xml ?? (json === undefined ? [] : JSON.stringify(json)))
      return `${property(key)}: [${texts.map(literal).join(', ')}]`
    })
  )])
}

function limits ({ key, sentOnce, answerWithinMs }: Entry): string[] {
  const given = Object.entries({ sentOnce, answerWithinMs }).filter(([, value]) => value !== undefined)
  const written = given.map(([name, value]) => `${name}: ${value}`).join(', ')
  return given.length === 0 ? [] : [`${property(key)}: { ${written} }`]
}

function writeReplies (): string {
  const sets = Object.entries(replySets)
    .map(([name, kinds]) => `const ${constant(name)} = [${kinds.map(literal).join(', ')}]`)
  const rows = entries
    .flatMap(({ key, replies }) => replies === undefined ? [] : [`  ${property(key)}: ${constant(replies)}`])
  return [
    `// ${MARK}`,
    ...sets,
    '',
    '/** The kinds of passive reply that WeCom takes for a kind; none for one that is not listed. */',
    'export const REPLIES: Record<string, readonly string[]> = {',
    rows.join(',\n'),
    '}',
    ''
  ].join('\n')
}

function constant (set: string): string {
  return set.toUpperCase().replaceAll('-', '_')
}

/** `BatchJob?{JobId! ErrCode#} Item*{Name Type#}`: shape.ts tells what the marks mean. */
function row (entry: Entry): string {
  const shared = SHARED[entry.category]
  const flat = new Set(shared.replace(/\{.*?\}/g, '').split(' ').map(name => name.replace(/[!#?]/g, '')))
  const nested = ` ${bare(shared)} `
  const says = (node: FieldNode): boolean =>
    node.type === 'object' ? nested.includes(` ${bare(notation(node))} `) : flat.has(node.name)
  return fieldTree(entry.fields, entry.key).filter(node => !says(node)).map(notation).join(' ')
}

function notation ({ name, type, list, optional, children }: FieldNode): string {
  const mark = type === 'number' || type === 'time' ? '#' : type === 'id' || type === 'joined' ? '!' : ''
  const nested = type === 'object' ? `{${children.map(notation).join(' ')}}` : ''
  return `${name}${mark}${list === true ? '*' : ''}${optional === true ? '?' : ''}${nested}`
}

function bare (text: string): string {
  return text.replaceAll('?', '')
}
