import { describe, expect, test } from 'vitest'
import { FRAMEWORK_PACKAGES } from '../package/frameworks.js'
import { complaintsAboutExamples } from './compile.js'
import type { Example } from './examples.js'
import { checkFences } from './fences.js'
import { ENGLISH, readPage } from './page.js'

// Twins have the same code, see twins.test.ts.
const pages = ENGLISH.map(readPage).filter(({ fences }) => fences.length > 0)

/** Where its framework is installed, `test/package/frameworks.test.ts` compiles it and runs it. */
const needsFramework = ({ page, code }: Example) => page === 'docs/frameworks.md' &&
  Array.from(code.matchAll(/^import (?:.* from )?'([^']+)'$/gm)).some(([, module]) => module !== 'express' && Object.hasOwn(FRAMEWORK_PACKAGES, module as string))

describe('as strict TypeScript', async () => {
  const complaints = await complaintsAboutExamples(needsFramework)

  test.each([...complaints.keys()])('the examples of %s compile, each by itself', page => {
    expect(complaints.get(page)).toEqual([])
  })
})

test.each(pages.map(({ path }) => path))('each code block of %s is one that something checks', async path => {
  expect(await checkFences(readPage(path))).toEqual([])
})
