import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JsonFault, NumberText, readJson, type JsonBounds } from '../../src/json/read.js'
import { mutated, seeds } from './documents.ts'
import { parseByKnownReaders, readByKnownReaders, survey } from './known-readers.ts'

/** FUZZ_DOCUMENTS=1000000 for a long run; FUZZ_SEED for other documents. */
const DOCUMENTS = Number(process.env.FUZZ_DOCUMENTS ?? 100_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)

const WIDE = { depth: 64, size: 20_000 }
/** So narrow that many a document is too deep or too long. */
const NARROW = { depth: 3, size: 8 }
const isEncrypt = (key: string, depth: number) => depth === 1 && (key === 'encrypt' || key === 'Encrypt')

// Most documents are refused, twice by each reader: writing down where from would take most of the time.
const { stackTraceLimit } = Error
beforeAll(() => { Error.stackTraceLimit = 0 })
afterAll(() => { Error.stackTraceLimit = stackTraceLimit })

test('what JSON.parse and lossless-json accept is read as they do, and nothing else, however documents are mutilated', () => {
  const counts = { accepted: 0, refused: 0 }
  const texts = seeds()
  expect(texts.length).toBeGreaterThan(500)
  let bounds = WIDE
  for (const text of [...texts, ...texts, ...mutated(texts, DOCUMENTS, SEED)]) {
    bounds = bounds === WIDE ? NARROW : WIDE
    const read = outcome(() => readJson(text, bounds))
    if (!sameOutcome(read, outcome(() => readByKnownReaders(text, bounds)))) throw new Error(`not as lossless-json: ${JSON.stringify(text)}`)
    const tolerant = outcome(() => readJson(text, bounds, isEncrypt))
    if (!sameOutcome(tolerant, outcome(() => parseByKnownReaders(text, bounds, isEncrypt)), Number)) throw new Error(`not as JSON.parse: ${JSON.stringify(text)}`)
    counts[read.fault === undefined ? 'accepted' : 'refused']++
  }
  // Else the mutations would be too wild, or too tame, to say anything.
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(DOCUMENTS / 10)
}, 600_000)

test('of a text that is JSON the fault is the first that a look through it finds', () => {
  for (const text of mutated(seeds(), 20_000, SEED + 1)) {
    if (outcome(() => JSON.parse(text)).fault !== undefined) continue
    const read = outcome(() => readJson(text, NARROW))
    if ((read.fault as JsonFault | undefined)?.what !== survey(text, NARROW, () => true)) throw new Error(`another fault: ${JSON.stringify(text)}`)
  }
})

test('whatever JSON.stringify writes comes back the same, with and without layout', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' }), fc.constantFrom(0, 2, '\t'), (value, layout) => {
    const text = JSON.stringify(value, null, layout)
    expect(same(readJson(text, WIDE), JSON.parse(text), Number)).toBe(true)
  }), { numRuns: 3000 })
})

test.each([
  '7390418264419835907', '-0', '0', '1.0', '1e400', '1E+2', '0.1e-7', '123456789012345678901234567890.5'
])('the number %s stays as it was written', number => {
  expect(readJson(number, WIDE)).toStrictEqual(new NumberText(number))
  expect(readJson(`{"a":${number},"b":[${number} ]}`, WIDE)).toStrictEqual({ a: new NumberText(number), b: [new NumberText(number)] })
})

test.each([
  ['once escaped', '{"MsgType":1,"Msg\\u0054ype":1}'],
  ['of 2000 characters, once escaped', `{"${'a'.repeat(2000)}":1,"${'a'.repeat(1999)}\\u0061":1}`],
  ['that every object inherits', '{"toString":1,"toString":1}'],
  ['that is __proto__', '{"__proto__":1,"__proto__":1}'],
  ['that is a number', '{"1":1,"1":1}'],
  ['of no characters', '{"":1,"":1}']
])('a key that comes twice, %s, is refused', (_what, text) => {
  expect(() => readJson(text, WIDE)).toThrow(expect.objectContaining({ what: 'repeated key' }))
})

test('no key reaches a prototype', () => {
  const read = readJson('{"__proto__":{"a":1},"constructor":{"prototype":{"b":1}}}', WIDE) as Record<string, unknown>
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  expect(Object.keys(read)).toEqual(['__proto__', 'constructor'])
  expect([({} as Record<string, unknown>).a, ({} as Record<string, unknown>).b]).toEqual([undefined, undefined])
})

test.each<[string, JsonBounds, string | undefined]>([
  ['[[[1]]]', { depth: 3, size: 9 }, undefined],
  ['[[[[1]]]]', { depth: 3, size: 9 }, 'more than 3 levels'],
  ['[[[[', { depth: 3, size: 9 }, 'more than 3 levels'],
  ['[1,2,3]', { depth: 3, size: 2 }, undefined],
  ['[1,2,3,4]', { depth: 3, size: 2 }, 'more than 2 values'],
  ['[{"a":{"b":1}},{"a":{"b":1}},{"a":{"b":1}}]', { depth: 3, size: 2 }, 'more than 2 values'],
  ['{"a" "b":1}', WIDE, 'no well-formed JSON'],
  ['', WIDE, 'no well-formed JSON']
])('%s within %o: %s', (text, bounds, message) => {
  expect((outcome(() => readJson(text, bounds)).fault as Error | undefined)?.message).toBe(message)
})

test.each([
  ['quotes', '"', '{"a":'],
  ['backslashes in a string', '\\', '{"a":"'],
  ['escaped quotes in a string', '\\"', '{"a":"'],
  ['escapes in a string', '\\n', '{"a":"'],
  ['digits', '1', '{"a":'],
  ['blanks', ' ', '{"a":'],
  ['strings', '"\\n",', '[']
])('8 MB of %s are refused in no time', (_what, piece, before) => {
  const text = before + piece.repeat(8 * 2 ** 20 / piece.length)
  const started = process.cpuUsage()
  expect(() => readJson(text, { depth: 64, size: 10 ** 7 })).toThrow(JsonFault)
  const { user, system } = process.cpuUsage(started)
  // Microseconds of the processor, as a busy machine takes longer.
  expect(user + system).toBeLessThan(5_000_000)
})

interface Outcome {
  value?: unknown
  fault?: unknown
}

function outcome (read: () => unknown): Outcome {
  try {
    return { value: read() }
  } catch (fault) {
    return { fault }
  }
}

function sameOutcome (read: Outcome, known: Outcome, toNumber?: (text: string) => number): boolean {
  if (read.fault !== undefined) return read.fault instanceof JsonFault && known.fault !== undefined
  return known.fault === undefined && same(read.value, known.value, toNumber)
}

/** Equal to the order of keys; `toNumber` where the other reader has numbers for texts of numbers. */
function same (read: unknown, known: unknown, toNumber?: (text: string) => number): boolean {
  if (read instanceof NumberText) {
    return toNumber === undefined ? known instanceof NumberText && known.text === read.text : Object.is(known, toNumber(read.text))
  }
  if (typeof read !== 'object' || read === null || typeof known !== 'object' || known === null) return read === known
  if (Object.getPrototypeOf(read) !== Object.getPrototypeOf(known)) return false
  const names = Object.keys(read)
  const others = Object.keys(known)
  return names.length === others.length && names.every((name, at) => name === others[at] &&
    same((read as Record<string, unknown>)[name], (known as Record<string, unknown>)[name], toNumber))
}
