import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

// Each in a process of its own: what is not linear would take hours, and nothing inside the process could end it. The bound is no
// measurement: what is right takes a fraction of a second.

const dist = new URL('../../dist/', import.meta.url)
const LENGTH = 1_000_000
const BOUND = 60_000

async function ends (module: string, call: string): Promise<boolean> {
  const program = `import * as it from ${JSON.stringify(new URL(module, dist).href)}; const long = piece => piece.repeat(Math.ceil(${LENGTH} / piece.length)).slice(0, ${LENGTH}); try { ${call} } catch (error) { if (error.constructor.name !== 'UsageError') throw error }`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: BOUND })
  return true
}

describe('a megabyte ends', { timeout: BOUND * 2 }, () => {
  test.each(['?', '&', '?&', '?&signature', '&msg_', ' ?', '<', '{'])('decrypt, %j over and over', async piece => {
    expect(await ends('cli/decrypt/input.js', `it.readRecorded([], long(${JSON.stringify(piece)}))`)).toBe(true)
    expect(await ends('cli/decrypt/input.js', `it.readRecorded(['http://x/?msg_signature=1' + long(${JSON.stringify(piece)})], '')`)).toBe(true)
  })

  test('a reply of blanks alone, printed by simulate', async () => {
    const attempt = "{ purpose: 'message', number: 2, ms: 1, request: { method: 'POST', plaintext: '' }, outcome: 'accepted', problems: [], reply: { answer: 'reply', kind: 'text', plaintext: long(' ') + 'x' } }"
    expect(await ends('cli/simulate/print.js', `it.printAttempt({ print () {}, colour: { green: String, dim: String, cyan: String } }, ${attempt}, { line () {} })`)).toBe(true)
  })

  test.each(['<', '<![CDATA[', '<a>', '{', '['])('the playground lays out %j over and over', async piece => {
    expect(await ends('playground/page/format.js', `it.pretty(long(${JSON.stringify(piece)})); it.tokens(long(${JSON.stringify(piece)}).slice(0, 40_000))`)).toBe(true)
  })

  test.each([['{"', '\\"'], ['{', '"\\'], ['{"a":"', '\\']])('the playground colours %s and %s', async (start, piece) => {
    expect(await ends('playground/page/format.js', `it.tokens((${JSON.stringify(start)} + long(${JSON.stringify(piece)})).slice(0, 40_000))`)).toBe(true)
  })

  test('a word is suggested for', async () => {
    expect(await ends('cli/arguments.js', "it.suggest(long('e'), Array.from({ length: 200 }, () => 'event.click'))")).toBe(true)
  })
})
