import { families } from './model.ts'
import { CHINESE, ENGLISH } from './page-words.ts'
import { writeBases } from './write-bases.ts'
import { writeMessagesPage, writeRepliesPage } from './write-docs.ts'
import { writeSamples, writeTables } from './write-tables.ts'
import { writeTitles } from './write-titles.ts'
import { writeAll, writeFamily, writeReplyKinds } from './write-types.ts'

/** The folder of what is generated, from the root of the repository: nothing else lies in it. */
export const GENERATED = 'src/message/generated'

/** The pages with parts that are made from the catalogue. */
export const PAGES = [
  ['docs/messages.md', writeMessagesPage, ENGLISH],
  ['docs/replies.md', writeRepliesPage, ENGLISH],
  ['docs/zh-CN/messages.md', writeMessagesPage, CHINESE],
  ['docs/zh-CN/replies.md', writeRepliesPage, CHINESE]
] as const

/**
 * Everything that is made from the catalogue: path from the root of the repository, and content. Of the pages in docs
 * parts are made, so `read` gives the pages as they are.
 */
export function generate (read: (path: string) => string): Map<string, string> {
  const sources: Array<[path: string, content: string]> = [
    ...families.map((family): [string, string] => [`types/${family.name}.ts`, writeFamily(family)]),
    ['types/bases.ts', writeBases()],
    ['types/replies.ts', writeReplyKinds()],
    ['types/all.ts', writeAll()],
    ...writeTables().map(([file, content]): [string, string] => [`tables/${file}`, content]),
    ...writeSamples().map(([file, content]): [string, string] => [`samples/${file}`, content]),
    ['titles.ts', writeTitles()]
  ]
  return new Map([
    ...sources.map(([path, content]): [string, string] => [`${GENERATED}/${path}`, content]),
    ...PAGES.map(([path, write, words]): [string, string] => [path, write(read(path), words)])
  ])
}
