import { families, fieldTree, MARK, type Entry, type FieldNode } from './model.ts'

const entries = families.flatMap(family => family.entries)

/** The files of src/message/table and src/message/samples, split so that each stays readable. */
const PARTS: Array<[file: string, takes: (entry: Entry) => boolean]> = [
  ['events', ({ kind }) => kind === 'event'],
  ['infos', ({ kind }) => kind === 'info'],
  ['messages', ({ kind }) => kind !== 'event' && kind !== 'info']
]

/** What the kinds of a scene share, so that the rows needn't say it. Kinds that are not catalogued have these fields at least. */
const SHARED: Record<Entry['kind'], string> = {
  message: 'ToUserName! FromUserName! CreateTime# MsgType! Event!? ChangeType!? EventKey!? AgentID!? MsgId!?',
  event: 'ToUserName! FromUserName! CreateTime# MsgType! Event!? ChangeType!? EventKey!? AgentID!? MsgId!?',
  info: 'SuiteId!? ServiceCorpId!? AuthCorpId!? InfoType! ChangeType!? TimeStamp#',
  aibot: 'msgid! aibotid! chatid! chattype! create_time# from{userid! corpid!} response_url! msgtype!',
  payment: 'id!',
  groupbot: 'WebhookUrl! MsgId! ChatId! PostId!? ChatType! From{UserId! Name? Alias?} GetChatInfoUrl!? MsgType!'
}

export function writeTables (): Array<[file: string, content: string]> {
  return [
    ...PARTS.map(([file, takes]): [string, string] => [`table/${file}.ts`, source(
      `/** Shapes in the notation of shape.ts, without what the scene shares. */\nexport const ${file.toUpperCase()}: Record<string, string> = {`,
      entries.filter(takes).map(entry => `${property(entry.key)}: '${row(entry)}'`)
    )]),
    ['table/shared.ts', source(
      '/** What all kinds of a scene share, in the notation of shape.ts. */\nexport const SHARED = {',
      (['app', 'info', 'aibot', 'groupbot', 'payment'] as const).map(scene => `${scene}: '${SHARED[scene === 'app' ? 'event' : scene]}'`)
    )],
    ['table/answers.ts', answers()]
  ]
}

/** src/message/samples: for the test kit, not for the plugin. */
export function writeSamples (): Array<[file: string, content: string]> {
  return PARTS.map(([file, takes]): [string, string] => [`samples/${file}.ts`, source(
    `/** Samples by router key, as WeCom writes them. */\nexport const ${file.toUpperCase()}: Record<string, string[]> = {`,
    entries.filter(takes).map(({ key, samples }) => `${property(key)}: [${samples.flatMap(({ xml, json }) => [xml, json === undefined ? undefined : JSON.stringify(json)]).filter(text => text !== undefined).map(literal).join(', ')}]`)
  )])
}

/** Only what differs from the usual: no passive reply, 5 s, retried. */
function answers (): string {
  const rows = entries.filter(({ passiveReply, answerWithinMs, sentOnce }) => passiveReply || sentOnce === true || answerWithinMs !== undefined)
    .map(({ key, passiveReply, answerWithinMs, sentOnce = false }) => `${property(key)}: { passiveReply: ${passiveReply}, sentOnce: ${sentOnce}${answerWithinMs === undefined ? '' : `, answerWithinMs: ${answerWithinMs}`} }`)
  const aliases = entries.flatMap(({ key, aliases = [] }) => aliases.map(alias => `'${key.split('.').with(-1, alias).join('.')}': '${key}'`))
  return [
    `// ${MARK}`,
    'import type { Answering } from \'../lookup.js\'',
    '',
    '/** The kinds whose answer is not the usual: no passive reply, 5 s, sent again. */',
    'export const ANSWERS: Record<string, Answering> = {',
    `${rows.map(line => `  ${line}`).join(',\n')}`,
    '}',
    '',
    '/** Other spellings that WeCom uses. */',
    'export const ALIASES: Record<string, string> = {',
    `${aliases.map(line => `  ${line}`).join(',\n')}`,
    '}',
    ''
  ].join('\n')
}

/** `BatchJob?{JobId! ErrCode#} Item*{Name Type#}`: `#` a number, `!` WeCom's own word, `*` a list, `?` may be absent, braces an object, the rest text. */
function row (entry: Entry): string {
  const shared = SHARED[entry.kind].replace(/\{.*?\}/g, '').split(' ').map(name => name.replace(/[!#?]/g, ''))
  const nested = ` ${bare(SHARED[entry.kind])} `
  return fieldTree(entry).filter(node => node.type === 'object' ? !nested.includes(` ${bare(notation(node))} `) : !shared.includes(node.name)).map(notation).join(' ')
}

function notation ({ name, type, list, optional, children }: FieldNode): string {
  const mark = type === 'number' || type === 'time' ? '#' : type === 'id' || type === 'joined' ? '!' : ''
  const nested = type === 'object' ? `{${children.map(notation).join(' ')}}` : ''
  return `${name}${mark}${list === true ? '*' : ''}${optional === true ? '?' : ''}${nested}`
}

function bare (text: string): string {
  return text.replaceAll('?', '')
}

function source (head: string, rows: string[]): string {
  return `// ${MARK}\n${head}\n${rows.map(line => `  ${line}`).join(',\n')}\n}\n`
}

function property (key: string): string {
  return /^\w+$/.test(key) ? key : `'${key}'`
}

function literal (text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}
