import { readdirSync, readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { quote, WECOM_ERRORS, wecomError, WecomError, type WecomErrorCode } from '../src/errors.js'

const root = new URL('../', import.meta.url)
const pages = ['docs/errors.md', 'docs/zh-CN/errors.md']

test.each(pages)('%s lists every code with its errcode and status, and no other', page => {
  const documented = Object.fromEntries(rowsOf(page).map(([, code, errcode, status]) => [code, { errcode: errcode === '–' ? undefined : Number(errcode), statusCode: Number(status) }]))
  expect(documented).toEqual(WECOM_ERRORS)
})

test.each(pages)('%s lists every code of an error or warning that the sources have', page => {
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
  const codes = new Set(sources.flatMap(path => [...readFileSync(new URL(`src/${path}`, root), 'utf8').matchAll(/'(WECOM_[A-Z_]+)'/g)].map(([, code]) => code)))
  expect(codes.size).toBeGreaterThan(40)
  expect([...codes].filter(code => !read(page).includes(`\n| \`${code as string}\` |`))).toEqual([])
})

test('both pages list the codes in the same order', () => {
  const [english, chinese] = pages.map(page => [...read(page).matchAll(/^\| `(WECOM_\w+)`/gm)].map(([, code]) => code))
  expect(chinese).toEqual(english)
})

function read (page: string): string {
  return readFileSync(new URL(page, root), 'utf8')
}

function rowsOf (page: string) {
  return [...read(page).matchAll(/^\| `(WECOM_\w+)` \| (-\d+|–) \| (\d+) \| (.+) \| (.+) \|$/gm)]
}

test('every errcode of WeCom from -40001 to -40011 is in the list', () => {
  const errcodes = new Set(Object.values(WECOM_ERRORS).map(({ errcode }) => errcode))
  expect([...errcodes].filter(errcode => errcode !== undefined).sort()).toEqual(Array.from({ length: 11 }, (_, index) => -40001 - index))
})

test('an error is a WecomError with code, errcode, status, cause and a text in three parts', () => {
  const cause = new Error('inner')
  const error = wecomError('WECOM_DECRYPT_FAILED', { expected: 'this', got: 'that', fix: 'Do it.', cause })
  expect(error).toBeInstanceOf(WecomError)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'WecomError', code: 'WECOM_DECRYPT_FAILED', errcode: -40007, statusCode: 400, message: 'expected this, got that. Do it.', cause })
  expect(error.stack).toMatch(/^WecomError: expected this, got that\. Do it\.\n +at /)
  expect(inspect(error)).toContain("code: 'WECOM_DECRYPT_FAILED'")
  expect(inspect(error)).not.toContain('FastifyError')
  expect(String(error)).toBe('WecomError [WECOM_DECRYPT_FAILED]: expected this, got that. Do it.')
})

test.each(Object.keys(WECOM_ERRORS) as WecomErrorCode[])('%s keeps percent signs of its text', code => {
  expect(wecomError(code, { expected: '%s', got: '%d', fix: '%j' }).message).toBe('expected %s, got %d. %j')
})

test.each<[unknown, string]>([
  ['a\n"b"', '"a\\n\\"b\\""'], ['x'.repeat(65), `"${'x'.repeat(64)}…"`], [null, 'null'], [undefined, 'undefined'], [[], 'an array'], [{}, 'object'], [1, 'number']
])('%j is quoted as %s', (value, quoted) => {
  expect(quote(value)).toBe(quoted)
})
