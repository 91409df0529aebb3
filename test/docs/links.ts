import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { root } from '../support/compile.js'
import { readPage, twinOf, type Page } from './page.js'

/** The repository under whatever owner: the address that a copy of the pages must not lead away to. */
const OWN_REPOSITORY = /^https?:\/\/(www\.)?(github|gitlab|gitee)\.com\/[^/]+\/fastify-wecom\b/

const anchors = new Map<string, Set<string>>()

/** What is wrong with the links and images of a page. */
export function deadLinks (page: Page): string[] {
  return [
    ...page.links.flatMap(href => deadLink(page, href) ?? []),
    ...page.images.filter(src => !/^https?:/.test(src)).flatMap(src => exists(page, src) ? [] : `${src}: there is no such image`)
  ]
}

/** The pages that a page leads to. */
export function ledTo (page: Page): string[] {
  return page.links.filter(href => !/^[a-z]+:/.test(href)).map(href => pathOf(page, href)).filter(path => path.endsWith('.md'))
}

function deadLink (page: Page, href: string): string | undefined {
  if (OWN_REPOSITORY.test(href)) return `${href}: write it relative to this page`
  if (/^[a-z]+:/.test(href)) return undefined
  if (!exists(page, href)) return `${href}: there is no such file`
  const path = pathOf(page, href)
  const [, anchor] = href.split('#')
  if (path !== page.path && path !== twinOf(page.path) && isChinese(path) !== isChinese(page.path) && existsSync(`${root}/${twinOf(path)}`)) {
    return `${href}: this page is there in the language of this one, as ${twinOf(path)}`
  }
  return anchor === undefined || anchorsOf(page, path).has(decodeURIComponent(anchor)) ? undefined : `${href}: the page has no such section`
}

function anchorsOf (page: Page, path: string): Set<string> {
  if (path === page.path) return page.anchors
  const known = anchors.get(path) ?? (path.endsWith('.md') ? readPage(path).anchors : new Set<string>())
  anchors.set(path, known)
  return known
}

function pathOf (page: Page, href: string): string {
  const [target = ''] = href.split('#')
  return target === '' ? page.path : posix.join(posix.dirname(page.path), decodeURIComponent(target))
}

function exists (page: Page, href: string): boolean {
  const path = pathOf(page, href)
  return !path.startsWith('..') && existsSync(`${root}/${path}`)
}

const isChinese = (path: string) => path.includes('zh-CN')
