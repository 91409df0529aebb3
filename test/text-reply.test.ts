import { expect, test } from 'vitest'
import { text } from '../src/index.js'

test('text() makes a value that cannot be changed', () => {
  expect(Object.isFrozen(text('hi'))).toBe(true)
})
