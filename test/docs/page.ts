import { readdirSync, readFileSync } from 'node:fs'
import GithubSlugger from 'github-slugger'
import { lexer, walkTokens, type MarkedToken, type Token } from 'marked'
import { root } from '../support/compile.js'

/** A code block. */
export interface Fence {
  /** The language, `''` where none is named. */
  tag: string
  code: string
  /** Its place among the code blocks of the page, from 1. */
  number: number
}

/** What a page is made of, in the order of the page. */
export type Part =
  | { type: 'heading', depth: number }
  | { type: 'table', columns: number, rows: number }
  | { type: 'fence', fence: Fence }

export interface Page {
  /** From the root of the repository. */
  path: string
  text: string
  parts: Part[]
  fences: Fence[]
  /** Where links and HTML lead, as written. */
  links: string[]
  images: string[]
  /** What a link to this page may have after its `#`. */
  anchors: Set<string>
}

/** Reads Markdown as GitHub shows it. */
export function parsePage (path: string, text: string): Page {
  const page: Page = { path, text, parts: [], fences: [], links: [], images: [], anchors: new Set() }
  const slugger = new GithubSlugger()
  walkTokens(lexer(text), token => { add(page, slugger, token as MarkedToken) })
  return page
}

function add (page: Page, slugger: GithubSlugger, token: MarkedToken): void {
  switch (token.type) {
    case 'heading':
      page.parts.push({ type: 'heading', depth: token.depth })
      page.anchors.add(slugger.slug(plainText(token.tokens)))
      break
    case 'table':
      page.parts.push({ type: 'table', columns: token.header.length, rows: token.rows.length })
      break
    case 'code': {
      const fence = { tag: /^\S*/.exec(token.lang ?? '')?.[0] ?? '', code: `${token.text}\n`, number: page.fences.length + 1 }
      page.fences.push(fence)
      page.parts.push({ type: 'fence', fence })
      break
    }
    case 'link':
      page.links.push(token.href)
      break
    case 'image':
      page.images.push(token.href)
      break
    case 'html':
      for (const [, name, value] of token.text.matchAll(/\s(id|name|href|src)="([^"]*)"/g)) {
        if (name === 'href') page.links.push(value as string)
        else if (name === 'src') page.images.push(value as string)
        else page.anchors.add(value as string)
      }
  }
}

/** A heading as it is read, which is what its anchor is made from. */
function plainText (tokens: Token[]): string {
  return tokens.map(token => {
    if ('tokens' in token && token.tokens !== undefined) return plainText(token.tokens)
    return token.type === 'html' || token.type === 'image' ? '' : (token as { text?: string }).text ?? ''
  }).join('')
}

const markdown = (folder: string) => readdirSync(`${root}/${folder}`).filter(name => name.endsWith('.md')).map(name => `${folder}/${name}`)

/** The pages that users read. CHANGELOG.md has no twin. */
export const ENGLISH = ['README.md', 'SECURITY.md', ...markdown('docs')]
export const CHINESE = ['README.zh-CN.md', ...markdown('docs/zh-CN')]

export function readPage (path: string): Page {
  return parsePage(path, readFileSync(`${root}/${path}`, 'utf8'))
}

/** The code blocks of a page that have this tag, in order. */
export function blocksOf (path: string, tag: string): string[] {
  return readPage(path).fences.filter(fence => fence.tag === tag).map(({ code }) => code)
}

/** Where the same page is in the other language. */
export function twinOf (path: string): string {
  if (path === 'README.md') return 'README.zh-CN.md'
  if (path === 'README.zh-CN.md') return 'README.md'
  if (path === 'docs/zh-CN/SECURITY.md') return 'SECURITY.md'
  const name = path.replace(/^.*\//, '')
  return path.startsWith('docs/zh-CN/') ? `docs/${name}` : `docs/zh-CN/${name}`
}
