import { randomBytes, randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { decodeBase64 } from '../../src/crypto/scheme.js'

const MUTATIONS = Number(process.env.MUTATIONS ?? 100_000)
/** What base64 has, what its decoder in Node.js takes or skips beside that, and what only looks like it (U+0141 ends in the byte of A). */
const CHARACTERS = [...'Az09+/==-_ \n\t\r.,\0\u007f\u0080\u00c1\u00ff\u0141\u0230\u2f2f\u3d3d\ud83d\ufeff', '😀', 'AA', '==', '']

function mutated (): string {
  let text = randomBytes(randomInt(0, 40)).toString('base64')
  for (let changes = randomInt(0, 4); changes > 0; changes--) {
    const at = randomInt(text.length + 1)
    text = text.slice(0, at) + (CHARACTERS[randomInt(CHARACTERS.length)] as string) + text.slice(at + randomInt(3))
  }
  return text
}

test('takes exactly the texts of the pattern for plain base64, and gives their bytes', () => {
  const target = Buffer.alloc(256)
  const seen = { taken: 0, refused: 0 }
  for (let i = 0; i < MUTATIONS; i++) {
    const text = mutated()
    const plain = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
    const length = decodeBase64(text, target, 16)
    if ((length !== undefined) !== plain) throw new Error(`${JSON.stringify(text)} gives ${length}`)
    if (length !== undefined && !target.subarray(16, 16 + length).equals(Buffer.from(text, 'base64'))) throw new Error(text)
    seen[plain ? 'taken' : 'refused']++
  }
  // Both happen often enough to tell.
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(MUTATIONS / 10)
}, 60_000)

test.each([
  ['a character whose lower byte is one of base64', '\u0141\u0141\u0141\u0141'],
  ['one such character', `AAA\u0141${'A'.repeat(60)}`],
  ['nothing', ''],
  ['padding alone', '===='],
  ['padding within', 'AA==AAAA']
])('%s is refused', (_name, text) => {
  expect(decodeBase64(text, Buffer.alloc(256), 0)).toBeUndefined()
})
