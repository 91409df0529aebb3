import { entries, families, replySets, type Entry } from './model.ts'
import type { PageWords } from './page-words.ts'
import { MARK } from './text.ts'

/** docs/messages.md, or its Chinese twin, with the two parts that are made from the catalogue: numbers and kinds. */
export function writeMessagesPage (page: string, words: PageWords): string {
  return withPart(withPart(page, 'numbers', numbers(words)), 'kinds', families.map(family => [
    `### ${words.family(family)}`,
    '',
    words.kindsHead,
    '|---|---|---|---|---|---|---|',
    ...family.entries.map(entry => row(entry, words)),
    ...notes(family.entries, words)
  ].join('\n')).join('\n\n'))
}

/** docs/replies.md, or its Chinese twin, with the part that is made from the catalogue: replies by message. */
export function writeRepliesPage (page: string, words: PageWords): string {
  return withPart(page, 'replies', [
    words.repliesHead,
    '|---|---|',
    ...Object.entries(replySets).map(([set, kinds]) => {
      const keys = entries.filter(({ replies }) => replies === set).map(({ key }) => key)
      return `| ${codes(keys, words)} | ${codes(kinds, words)} |`
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

function numbers (words: PageWords): string {
  const count = (level: Entry['confidence']): number => entries.filter(({ confidence }) => confidence === level).length
  return words.numbers({
    all: entries.length,
    withSample: entries.filter(({ samples }) => samples.length > 0).length,
    high: count('high'),
    medium: count('medium'),
    low: count('low')
  })
}

function row (entry: Entry, words: PageWords): string {
  const cells = [
    `\`${entry.key}\``,
    words.title(entry),
    words.scene(entry),
    words.answer(entry),
    words.time(entry),
    entry.docs.join(', '),
    words.confidence[entry.confidence]
  ]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Equal notes stand once. */
function notes (entries: Entry[], words: PageWords): string[] {
  const byNote = new Map<string, string[]>()
  for (const { key, note, aliases } of entries) {
    const text = [note?.[words.language], aliases === undefined ? undefined : words.also(aliases)]
      .filter(part => part !== undefined).map(words.ended).join(words.gap)
    if (text !== '') byNote.set(text, [...byNote.get(text) ?? [], key])
  }
  if (byNote.size === 0) return []
  return ['', ...[...byNote].map(([note, keys]) => `- ${codes(keys, words)}${words.colon}${note}`)]
}

function codes (names: readonly string[], { comma }: PageWords): string {
  return names.map(name => `\`${name}\``).join(comma)
}
