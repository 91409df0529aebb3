import { describe, expect, test } from 'vitest'
import { deadLinks, ledTo } from './links.js'
import { outline } from './outline.js'
import { CHINESE, ENGLISH, readPage, twinOf } from './page.js'
import { foreignTerms } from './terms.js'

const pages = [...ENGLISH, ...CHINESE]

test('every page is there in English and in Chinese', () => {
  expect(CHINESE.map(twinOf).sort()).toEqual([...ENGLISH].sort())
})

describe.each(ENGLISH.filter(path => CHINESE.includes(twinOf(path))))('%s and its Chinese twin', path => {
  const english = readPage(path)
  const chinese = readPage(twinOf(path))

  test('have the same sections, code and tables in the same order', () => {
    expect(outline(chinese)).toEqual(outline(english))
  })

  test('lead to each other at their beginning', () => {
    for (const page of [english, chinese]) {
      const beginning = page.text.split('\n').slice(0, 5).join('\n')
      expect(ledTo({ ...page, links: page.links.filter(href => beginning.includes(`](${href})`)) })).toContain(twinOf(page.path))
    }
  })
})

test.each(pages)('every link of %s leads to something, in its language', path => {
  expect(deadLinks(readPage(path))).toEqual([])
})

test('the links of CHANGELOG.md lead to something', () => {
  expect(deadLinks(readPage('CHANGELOG.md'))).toEqual([])
})

test.each(['README.md', 'README.zh-CN.md'])('%s leads to every page, and is at most 250 lines long', path => {
  const readme = readPage(path)
  const reached = new Set([path])
  for (const reachedPage of reached) ledTo(readPage(reachedPage)).forEach(next => { if (pages.includes(next)) reached.add(next) })
  const own = path === 'README.md' ? ENGLISH : CHINESE
  expect(own.filter(page => !reached.has(page))).toEqual([])
  expect(readme.text.trimEnd().split('\n').length).toBeLessThanOrEqual(250)
})

test.each(CHINESE)('%s uses one term for one thing', path => {
  expect(foreignTerms(readPage(path))).toEqual([])
})
