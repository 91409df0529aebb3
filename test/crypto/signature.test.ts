import { expect, test } from 'vitest'
import { computeSignature, signaturesEqual } from '../../src/crypto/scheme.js'

test('the four values are sorted as text before they are joined', () => {
  expect(computeSignature('b', 'a', 'd', 'c')).toBe('81fe8bfe87576c3ecb22426f8e57847382917acf') // sha1('abcd')
  expect(computeSignature('10', '9', 'A', 'a')).toBe(computeSignature('a', 'A', '9', '10'))
})

test.each([
  ['the same', 'abcd', true],
  ['upper case', 'ABCD', false],
  ['shorter', 'abc', false],
  ['with a blank', 'abcd ', false],
  ['other characters of the same length', 'abcé', false]
])('%s compares as it should', (_name, received, equal) => {
  expect(signaturesEqual('abcd', received)).toBe(equal)
})
