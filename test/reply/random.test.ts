import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Repeated } from '../../src/message/object.js'
import { composeReply } from '../../src/reply/compose.js'
import { refusal, type Values } from './compose.js'
import { SAMPLES } from './samples.js'
import { answered, CORP, MEMBER } from './wecom.js'

// A second writer, as simple as can be: replies are random changes of samples that keep them right.

type Format = 'xml' | 'json'

const anyText = fc.array(fc.constantFrom(']]>', ']', '<', '&', '</Content>', '\u0000', '\u000b', '\ud800', '\udc00', '\ufffe', '\r', '\r\n', '\n', '"', '\\', '😀', '文', 'x'), { maxLength: 12 })
  .map(parts => `t${parts.join('')}`)
const further = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, anyText, fc.integer(), fc.boolean(), fc.constantFrom(0.5, 1e21, -0), fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('Name', 'a.b', 'constructor', '__proto__', 'item'), fc.oneof(tie('value'), fc.constant(undefined)), { maxKeys: 3, noNullPrototype: false }))
})).value

/** XML 1.0, sections 2.2 and 2.11. */
function clean (text: string, format: Format): string {
  if (format === 'json') return text.toWellFormed()
  return Array.from(text.toWellFormed(), character => /[\t\n\r\u0020-\ufffd]|[^]{2}/.test(character) ? character : '').join('').replaceAll('\r\n', '\n').replaceAll('\r', '\n')
}

/** Another text for each that people read, with the members shuffled, `undefined` among them, lists and prototypes of other kinds. */
function change (value: unknown, draw: <T>(arbitrary: fc.Arbitrary<T>) => T): unknown {
  if (typeof value === 'string') return /[\u4e00-\u9fff]/.test(value) ? draw(anyText) : value
  if (Array.isArray(value)) {
    const list = value.map(item => change(item, draw))
    return draw(fc.boolean()) ? list : Repeated.from(list)
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = draw(fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length }))
  const copy: Values = draw(fc.boolean()) ? {} : Object.create(null)
  for (const [name, inner] of entries) copy[name] = change(inner, draw)
  if (draw(fc.boolean())) copy.Absent = undefined
  return copy
}

/** As it should be: the order of the sample, texts clean, lists plain. */
function settled (value: unknown, order: unknown, format: Format): unknown {
  if (typeof value === 'string') return clean(value, format)
  if (Array.isArray(value)) return Array.from(value, (item, at) => settled(item, (order as unknown[] | undefined)?.[at], format))
  if (typeof value !== 'object' || value === null) return value
  // The sample of a jump that asks does not begin with its title as the page's own does [101032].
  const names = [...new Set([...('question' in value ? ['title'] : []), ...Object.keys((order ?? {}) as Values), ...Object.keys(value)])]
  return Object.fromEntries(names.filter(name => (value as Values)[name] !== undefined).map(name => [name, settled((value as Values)[name], (order as Values | undefined)?.[name], format)]))
}

function xml (name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map(item => xml(name, item)).join('')
  const content = typeof value === 'string'
    ? `<![CDATA[${value.split(']]>').join(']]]]><![CDATA[>')}]]>`
    : typeof value === 'object' ? Object.entries(value as Values).map(entry => xml(...entry)).join('') : String(value)
  return `<${name}>${content}</${name}>`
}

/** With what an app's reply says besides, and its lists of articles and mentions nested as WeCom's XML has them. */
function expected (changed: Values, sample: Values, key: string, format: Format): string {
  let whole = settled(changed, sample, format) as Values
  if (/^(?!aibot|groupbot)/.test(key)) {
    const { MsgType, Articles, ...rest } = whole
    const count = Array.isArray(Articles) ? { ArticleCount: Articles.length } : {}
    const articles = Array.isArray(Articles) ? { Articles: { item: Articles } } : {}
    // ArticleCount stands before the articles [90241].
    whole = { ToUserName: MEMBER, FromUserName: CORP, CreateTime: 1767168000, MsgType, ...count, ...articles, ...rest }
  }
  const { Text } = whole as { Text?: Values }
  if (Array.isArray(Text?.MentionedList)) Text.MentionedList = { Item: Text.MentionedList }
  return format === 'json' ? JSON.stringify(whole) : xml('xml', whole)
}

const cases = Object.entries(SAMPLES).flatMap(([name, { key, reply }]) =>
  (key.startsWith('aibot') ? ['json'] as const : key.startsWith('groupbot') ? ['xml'] as const : ['xml', 'json'] as const).map(format => ({ name, key, format, sample: reply as unknown as Values })))

test.each(cases)('$name in $format: any right reply is written as a simple writer does it', ({ key, format, sample }) => {
  fc.assert(fc.property(fc.gen(), fc.array(fc.tuple(fc.constantFrom('Extra', 'X-2', '_3'), further), { maxLength: 2 }), (gen, more) => {
    const changed = change(sample, arbitrary => gen(() => arbitrary)) as Values
    // A group robot's names are spelled anew, so it gets none here.
    const extra = key.startsWith('groupbot') ? {} : Object.fromEntries(more)
    const reply = { ...changed, ...(key.startsWith('aibot') ? {} : { CreateTime: 1767168000 }), ...extra }
    const warnings: string[] = []
    const { CreateTime, ...right } = reply as Values
    const given = key.startsWith('groupbot') ? right : reply
    expect(composeReply(given, answered(key, format), text => warnings.push(text))).toBe(expected(right, sample, key, format))
    expect(warnings).toEqual([])
  }), { numRuns: 150, endOnFailure: true })
})

test('a getter that throws throws its own error', () => {
  const thrown = new Error('of the app')
  const throwing = { get Title (): string { throw thrown } }
  for (const reply of [{ MsgType: 'news', Articles: [throwing] }, { MsgType: 'text', Content: 'x', Extra: throwing }]) {
    expect(() => composeReply(reply, answered('text'))).toThrow(thrown)
  }
})

test('toJSON writes nothing of its own', () => {
  const custom = { toJSON: () => 'x' }
  expect(refusal({ msgtype: 'stream', stream: { id: 's' }, custom }, 'aibot.text')).toContain('custom.toJSON of a reply of kind stream to be a text, a finite number, a boolean, an object or a list, got function')
  expect(refusal({ MsgType: 'text', Content: 'x', custom }, 'text')).toContain('custom.toJSON of a reply of kind text')
})

test('huge texts and lists take time in proportion', () => {
  const took = (size: number): number => {
    const reply = { MsgType: 'text', Content: 'x', Extra: Array.from({ length: size }, () => ']]>\u0000x') }
    const start = process.cpuUsage()
    composeReply(reply, answered('text'))
    const { user, system } = process.cpuUsage(start)
    return user + system
  }
  took(20_000)
  expect(took(200_000)).toBeLessThan(100 * Math.max(took(20_000), 1000))
})
