import { expect, test } from 'vitest'
import { examplesOf } from './readme.js'

test('both READMEs have the same examples', () => {
  const withoutComments = (code: string) => code.replace(/ *\/\/ .*$/gm, '')
  expect(examplesOf('README.zh-CN.md').map(withoutComments)).toEqual(examplesOf('README.md').map(withoutComments))
})
