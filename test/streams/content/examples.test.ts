import { expect, test } from 'vitest'
import { StreamContent } from '../../../src/streams/content/stream-content.js'
import { TEXT_BYTES } from '../../../src/streams/content/texts.js'
import { DEFAULT_TEXTS } from '../../../src/streams/default-texts.js'
import { CAUSES, give, split, type Part } from './arbitraries.js'

type Thinking = 'leading' | 'all' | false
const contentOf = (thinking: Thinking = 'leading', texts = {}) => new StreamContent({ thinking, texts: { ...DEFAULT_TEXTS, ...texts } })
const text = (part: string): Part => ({ kind: 'text', part })
const thought = (part: string): Part => ({ kind: 'thinking', part })
function final (parts: Part[], thinking: Thinking = 'leading', texts = {}): string {
  const content = give(contentOf(thinking, texts), parts)
  content.finish()
  return content.content + content.suffix('done')
}
const { empty, failed, later, cut } = DEFAULT_TEXTS

test.each<[string, Part[], string, Thinking?]>([
  ['thinking before the text is folded', [thought('a'), thought('b'), text('c')], '<think>ab</think>c'],
  ['leading tags are thinking', [text('\n<Thinking>\na</thought>\n\nb')], '<think>\na</think>\n\nb'],
  ['several leading tags are one thinking', [text('<think>a</think> <think>b</think>c')], '<think>ab</think>c'],
  ['empty thinking is left out', [text('<think>\n\n</think>\n\na')], '\n\na'],
  ['half a tag is text', [text('<thi')], '<thi'],
  ['an unclosed tag is closed', [text('<think>a</thi')], `<think>a</thi</think>${empty}`],
  ['later tags are defused, in code as well', [text('a `<think>` </THINK>\n'), text('<thinker> <think x>')], 'a `<\u200bthink>` <\u200b/THINK>\n<thinker> <\u200bthink x>'],
  ['a tag in the thinking is defused', [thought('a</think>'), text('b')], '<think>a<\u200b/think></think>b'],
  ['later thinking is left out', [text('a'), thought('b'), text('c')], 'ac'],
  ['later thinking is quoted', [text('a'), thought('\nb\n'), thought('c\n'), text('d')], 'a\n\n> b\n> c\n\nd', 'all'],
  ['within code it is not', [text('```\na'), thought('b'), text('c')], '```\nac\n```', 'all'],
  ['no thinking', [thought('a'), text('<think>b</think>c'), thought('d')], 'c', false],
  ['a pair in two chunks is joined', [text('\ud83d'), text('\ude00')], '😀'],
  ['half a pair is dropped', [text('a\ud83d'), text('b\ude00c\ud83d')], 'abc'],
  ['a fence is closed', [text('a\n~~~~js\nb')], 'a\n~~~~js\nb\n~~~~'],
  ['a fence in a list is closed in it', [text('1. a\n   ```\n   b')], '1. a\n   ```\n   b\n   ```'],
  ['code in a line is no fence', [text('```a```')], '```a```'],
  ['a fence in the thinking is closed before its tag', [thought('```\na'), text('b')], '<think>```\na\n```\n</think>b'],
  ['nothing to see', [text(' \u200b\n\u0000\u00ad')], ` \u200b\n\u0000\u00ad\n\n${empty}`],
  ['thinking alone', [thought('a')], `<think>a</think>${empty}`]
])('%s', (_what, parts, shown, thinking) => {
  expect(final(parts, thinking)).toBe(shown)
  expect(final(split(parts, 7), thinking)).toBe(shown)
})

test('other causes append their text after a blank line', () => {
  const ends = (parts: Part[], texts = {}) => give(contentOf('leading', texts), parts).suffix('failed')
  expect(ends([])).toBe(failed)
  expect(ends([text('a')])).toBe(`\n\n${failed}`)
  expect(ends([text('a\n')])).toBe(`\n${failed}`)
  expect(ends([text('a\r\n\r\n')])).toBe(failed)
  expect(ends([text('```\na')])).toBe(`\n\`\`\`\n\n${failed}`)
  expect(ends([thought('a')])).toBe(`</think>${failed}`)
  expect(ends([text('a')], { failed: '' })).toBe('')
  expect(ends([text(' ')], { failed: '' })).toBe(empty)
  expect(ends([], { failed: '', empty: '\u200b' })).toBe(failed)
})

test('what was cut says whether the rest follows, and images need a line beside them', () => {
  const content = give(contentOf(), [text('a')])
  for (const cause of ['cut', 'late'] as const) {
    expect([content.suffix(cause, { later: true }), content.suffix(cause)]).toEqual([`\n\n${later}`, `\n\n${cut}`])
  }
  expect(content.suffix('done', { images: true })).toBe('')
  expect(contentOf().suffix('done', { images: true })).toMatch(/\p{L}/u)
  expect(contentOf().suffix('done', { images: true })).not.toBe(empty)
})

test('the history has all that the source gave, as it came', () => {
  const content = give(contentOf(), [text('<think>a</think>b <think>'), thought('c'), text('x'.repeat(30_000))])
  content.finish()
  expect([content.fullText, content.fullThinking]).toEqual([`b <think>${'x'.repeat(30_000)}`, 'ac'])
})

test('thinking has 5 KiB, cut between two characters, and leaves the rest to the text', () => {
  const content = give(contentOf(), [thought('长'.repeat(5_000)), text('a')])
  expect(content.content).toBe(`<think>${'长'.repeat(1_706)}</think>a`)
  expect(content.full).toBe(false)
})

test.each([
  ['in code', '```js\na\n', 'b\n```\n\nc', '```js\nb\n```\n\nc'],
  ['in a line of code', '```js\na', 'b\n```\n\nc', '```js\nb\n```\n\nc'],
  ['in the first line of a fence', 'a\n``', '`js\nb\n```', '```js\nb\n```'],
  ['in the last line of a fence', '```js\na\n``', '`\n\nb', 'b'],
  ['behind a closing fence', '```js\na\n```', '\n\nb', 'b'],
  ['in code of a list', '- a\n    ```js\n    a\n', '    b\n    ```\n\nc', '```js\nb\n```\n\nc'],
  ['in code of a quote', '> ```js\n> a', 'b\n> ```\n\nc', '> ```js\n> b\n> ```\n\nc'],
  ['in a text', 'a', 'b\n```\nc', 'b\n```\nc\n```'],
  ['where nothing can be seen', 'a', '\n \u200b', '']
])('the rest goes on %s', (_where, shown, following, rest) => {
  const content = give(contentOf(), [text(shown)])
  content.seal(content.contentBytes)
  give(content, [text(following)])
  content.finish()
  expect([content.content, content.full, content.rest()]).toEqual([shown, true, rest])
})

test('texts of any length leave room, and are cut', () => {
  const content = give(contentOf('leading', { lost: '长'.repeat(9_000) }), [text('x'.repeat(30_000))])
  for (const cause of CAUSES) expect(Buffer.byteLength(content.content + content.suffix(cause))).toBeLessThanOrEqual(20_480)
  expect(Buffer.byteLength(content.suffix('lost'))).toBeLessThanOrEqual(TEXT_BYTES + 2)
  expect(content.contentBytes).toBeGreaterThan(18_000)
})

test.each<[string, (content: StreamContent) => void]>([
  ['10^5 chunks of a character', content => { for (let at = 0; at < 1e5; at++) content.text('长') }],
  ['10^5 chunks of a space', content => { for (let at = 0; at < 1e5; at++) content.text(' ') }],
  ['10^5 chunks of thinking', content => { for (let at = 0; at < 1e5; at++) content.thinking('<') }],
  ['10^5 chunks in a tag', content => { content.text('<think>'); for (let at = 0; at < 1e5; at++) content.text('<') }],
  ['10^5 accents on a letter', content => { content.text(`${'x'.repeat(20_200)}e`); for (let at = 0; at < 1e5; at++) content.text('\u0301') }],
  ['1 MB at once', content => { content.text('<'.repeat(1e6)) }],
  ['1 MB of fences at once', content => { content.text('```\n'.repeat(250_000)) }]
])('%s cost little', (_what, run) => {
  const content = contentOf('all')
  const before = process.cpuUsage()
  run(content)
  content.finish()
  content.rest()
  content.suffix('lost')
  const { user, system } = process.cpuUsage(before)
  // Some 0.1 s; what is quadratic takes minutes.
  expect((user + system) / 1e6).toBeLessThan(5)
})
