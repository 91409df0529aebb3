import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the root of src holds index.ts and errors.ts; everything else has a room', () => {
  const files = readdirSync(new URL('../../src', import.meta.url), { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
  expect(files.sort()).toEqual(['errors.ts', 'index.ts'])
})
