import { entries, families, replySets, type Entry } from './model.ts'
import { answerOf, MARK, timeLimit } from './text.ts'

/** docs/messages.md with its two parts that are made from the catalogue: the numbers, and the tables of kinds. */
export function writeMessagesPage (page: string): string {
  return withPart(withPart(page, 'numbers', numbers()), 'kinds', families.map(({ title, entries }) => [
    `### ${title}`,
    '',
    '| key | title | scene | answer | time limit | documents | confidence |',
    '|---|---|---|---|---|---|---|',
    ...entries.map(row),
    ...notes(entries)
  ].join('\n')).join('\n\n'))
}

/** docs/replies.md with its part that is made from the catalogue: which replies WeCom takes for a message. */
export function writeRepliesPage (page: string): string {
  return withPart(page, 'replies', [
    '| message | kinds of reply |',
    '|---|---|',
    ...Object.entries(replySets).map(([set, kinds]) => {
      const keys = entries.filter(({ replies }) => replies === set).map(({ key }) => key)
      return `| ${codes(keys)} | ${codes(kinds)} |`
    })
  ].join('\n'))
}

/** The page with the lines between `<!-- name: … -->` and `<!-- /name -->` replaced. */
function withPart (page: string, name: string, part: string): string {
  const [before, rest] = split(page, new RegExp(`^<!-- ${name}: .*-->\\n`, 'm'), name)
  const [, after] = split(rest, new RegExp(`^<!-- /${name} -->\\n`, 'm'), name)
  return `${before}<!-- ${name}: ${MARK} -->\n${part}\n<!-- /${name} -->\n${after}`
}

function split (text: string, mark: RegExp, name: string): [before: string, after: string] {
  const [found] = mark.exec(text) ?? []
  if (found === undefined) {
    const part = `<!-- ${name}: … --> to <!-- /${name} -->`
    throw new Error(`expected the page to have a part from ${part}, got none. Put both lines back.`)
  }
  const at = text.search(mark)
  return [text.slice(0, at), text.slice(at + found.length)]
}

function numbers (): string {
  const withSample = entries.filter(({ samples }) => samples.length > 0).length
  const unsure = (confidence: string): number => entries.filter(entry => entry.confidence === confidence).length
  return [
    `${entries.length} kinds, each with its interface; ${withSample} have a sample that the tests run. ` +
    `${unsure('medium')} are of medium and ${unsure('low')} of low confidence:`,
    'not all of their details are confirmed by an official page. They stand in bold below.'
  ].join('\n')
}

function row (entry: Entry): string {
  const { key, title, scene, url, overHttp, sentOnce, docs, confidence } = entry
  const cells = [
    `\`${key}\``,
    `${title.zh} ${title.en}`,
    url === undefined ? scene : `${scene} (${url.replaceAll('-', ' ')} URL)`,
    answerOf(entry),
    overHttp === false ? '–' : `${timeLimit(entry)}${sentOnce === true ? ', once' : ''}`,
    docs.join(', '),
    confidence === 'high' ? 'high' : `**${confidence}**`
  ]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Equal notes stand once. */
function notes (entries: Entry[]): string[] {
  const byNote = new Map<string, string[]>()
  for (const { key, note, aliases } of entries) {
    const spellings = aliases === undefined ? undefined : `Also spelled ${aliases.join(', ')}.`
    const text = [note, spellings].filter(part => part !== undefined).map(ended).join(' ')
    if (text !== '') byNote.set(text, [...byNote.get(text) ?? [], `\`${key}\``])
  }
  return byNote.size === 0 ? [] : ['', ...[...byNote].map(([note, keys]) => `- ${keys.join(', ')}: ${note}`)]
}

function ended (text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function codes (names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ')
}
