import { complaintsAbout, packageEntries, strictOptions } from '../support/compile.js'
import { DECLARED } from './declared.js'
import { everyExample, type Example } from './examples.js'

/** A folder for each page: its examples import each other by name. */
const pathOf = ({ page, name }: Pick<Example, 'page' | 'name'>) => `${page.replace('.md', '')}/${name}`

/**
 * What the compiler says of examples, all in one program, which is what makes it bearable; by page.
 *
 * @param elsewhere - examples that are compiled by another test, which has the packages they import
 */
export async function complaintsAboutExamples (elsewhere: (example: Example) => boolean): Promise<Map<string, string[]>> {
  const examples = everyExample().filter(example => !elsewhere(example))
  const declared = Array.from(DECLARED, ([module, code], index) => ({ module, file: `declared-${index}.d.ts`, code }))
  const complaints = await complaintsAbout(new Map([
    ...examples.map(example => [pathOf(example), example.code] as const),
    ...declared.map(({ file, code }) => [file, code] as const)
  ]), {
    ...strictOptions(Object.fromEntries([
      ...Array.from(packageEntries(), ([module, source]): [string, string[]] => [module, [source]]),
      ...declared.map(({ module, file }): [string, string[]] => [module, [`./${file}`]])
    ])),
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    // Each block stands for itself.
    moduleDetection: 'force'
  })
  const byPage = new Map(examples.map(({ page }): [string, string[]] => [page, []]))
  for (const text of complaints) {
    const page = [...byPage.keys()].find(page => text.startsWith(pathOf({ page, name: '' })))
    if (page === undefined) throw new Error(text)
    byPage.get(page)?.push(text.slice(pathOf({ page, name: '' }).length))
  }
  return byPage
}
