import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTextSealer } from '../../src/crypto/sealed-text.js'

const invalid = (got: string): Error => new Error(got)
const [key, older] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]

test('what is no sealed text is told as such', () => {
  const sealer = createTextSealer([key], invalid)
  for (const sealed of [undefined, null, 7, {}, '', '1', '1.id', '2.id.content']) {
    expect(sealer.open(sealed as string, 'name')).toEqual({ fault: 'format' })
  }
})

test('a text is opened under its name by any of the keys; another key, name or byte is a fault', () => {
  const sealed = createTextSealer([older], invalid).seal('口令', 'name')
  const sealer = createTextSealer([key, older], invalid)
  expect(sealer.open(sealed, 'name')).toEqual({ text: '口令' })
  expect(sealer.open(sealed, 'other')).toEqual({ fault: 'changed' })
  expect(sealer.open(`${sealed.slice(0, -4)}AAAA`, 'name')).toEqual({ fault: 'changed' })
  expect(createTextSealer([key], invalid).open(sealed, 'name')).toEqual({ fault: 'key' })
})
