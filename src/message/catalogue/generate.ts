import { families } from './model.ts'
import { writeDocs } from './write-docs.ts'
import { writeKinds } from './write-kinds.ts'
import { writeSamples, writeTables } from './write-table.ts'
import { writeAll, writeFamily } from './write-types.ts'

/** Everything that is made from the catalogue: path from the root of the repository, and content. */
export function generate (): Map<string, string> {
  return new Map([
    ...families.map((family): [string, string] => [`src/message/types/${family.name}.ts`, writeFamily(family)]),
    ['src/message/types/all.ts', writeAll()],
    ...[...writeTables(), ...writeSamples()].map(([file, content]): [string, string] => [`src/message/${file}`, content]),
    ['src/playground/kinds.ts', writeKinds()],
    ['docs/messages.md', writeDocs()]
  ])
}
