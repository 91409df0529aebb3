import { expect, test } from 'vitest'
import { readErrors } from '../../src/playground/describe.js'

test('cause and cure of every error come in both languages, without the links of the documents', () => {
  const { en, zh } = readErrors()
  expect(en.WECOM_REPLY_INVALID?.cause).toContain('breaks a limit (replies.md)')
  expect(zh.WECOM_REPLY_INVALID?.cause).toContain('超出上限（replies.md）')
  expect(Object.keys(zh)).toEqual(Object.keys(en))
  expect(Object.entries({ ...en, ...zh }).filter(([, { cause, cure }]) => cause === '' || cure === '' || /\]\(/.test(cause + cure))).toEqual([])
})
