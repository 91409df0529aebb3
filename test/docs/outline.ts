import type { Fence, Page } from './page.js'

/** Sections, code and tables of a page in its order: what both languages have in common. */
export function outline (page: Page): string[] {
  return page.parts.map(part => {
    if (part.type === 'heading') return `${'#'.repeat(part.depth)} …`
    if (part.type === 'table') return `table of ${part.columns} columns and ${part.rows} rows`
    return `\`\`\`${part.fence.tag}\n${codeOnly(part.fence)}`
  })
}

/** Strings, then comments: what begins first wins. */
const C_LIKE = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[^]*?\*\//g
const HASH = /("(?:\\.|[^"\\])*"|'[^']*')|(?<=^|\s)#.*/gm
const ANGLE = /("[^"]*")|<!--[^]*?-->/g
const COMMENTS: Array<[tags: string[], RegExp]> = [
  [['ts', 'js', 'java', 'php'], C_LIKE],
  [['sh', 'nginx', 'caddyfile', 'dockerfile', 'yaml', 'conf'], HASH],
  [['xml', 'html'], ANGLE]
]

/** A code block without what is translated: comments, and the words of an output. */
export function codeOnly ({ tag, code }: Fence): string {
  // An output shows words, and may draw with them.
  if (tag === 'text') return ''
  const [name = ''] = /^\/\/ \S+\n/.exec(code) ?? []
  const [, comments] = COMMENTS.find(([tags]) => tags.includes(tag)) ?? []
  const bare = comments === undefined ? code : code.slice(name.length).replace(comments, (_, string: string | undefined) => string ?? '')
  return name + bare.split('\n').map(line => line.trimEnd()).filter(line => line !== '').join('\n')
}
