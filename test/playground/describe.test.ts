import { expect, test } from 'vitest'
import { readErrors } from '../../src/playground/describe.js'

test('cause and cure of every error come without the links of the document', () => {
  const errors = readErrors()
  expect(errors.WECOM_REPLY_INVALID?.cause).toContain('breaks a limit (replies.md)')
  expect(Object.entries(errors).filter(([, { cause, cure }]) => cause === '' || cure === '' || /\]\(/.test(cause + cure))).toEqual([])
})
