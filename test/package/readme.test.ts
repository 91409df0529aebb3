import { expect, test } from 'vitest'
import { examplesOf } from './readme.js'

const withoutComments = (code: string) => code.replace(/ *\/\/ .*$/gm, '')

test.each([
  ['README.md', 'README.zh-CN.md'],
  ['docs/frameworks.md', 'docs/zh-CN/frameworks.md'],
  ['docs/bots.md', 'docs/zh-CN/bots.md']
] as const)('%s and its Chinese counterpart have the same examples', (english, chinese) => {
  expect(examplesOf(chinese).map(withoutComments)).toEqual(examplesOf(english).map(withoutComments))
})
