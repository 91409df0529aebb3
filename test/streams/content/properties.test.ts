import fc from 'fast-check'
import { expect, test } from 'vitest'
import { composeReply } from '../../../src/reply/compose.js'
import { StreamContent } from '../../../src/streams/content/stream-content.js'
import { DEFAULT_TEXTS } from '../../../src/streams/default-texts.js'
import { answered } from '../../reply/wecom.js'
import { anyLongParts, anyParts, anyPiece, CAUSES, give, KINDS, split, type Part } from './arbitraries.js'
import { faults, fenceIsOpen } from './sound.js'

/** FUZZ_CONTENT=100 for a run a hundred times as long. */
const RUNS = Number(process.env.FUZZ_CONTENT ?? 1)
const SEED = Number(process.env.FUZZ_SEED ?? 13)
const runs = (count: number) => ({ numRuns: count * RUNS, seed: SEED })

const anyTexts = fc.constantFrom(
  DEFAULT_TEXTS,
  { ...DEFAULT_TEXTS, failed: '', lost: ' ', stopped: '', cut: '', empty: '' },
  { ...DEFAULT_TEXTS, closing: '长'.repeat(9_000), lost: '<think>', empty: '\ud800' }
)
const anyOptions = fc.record({ thinking: fc.constantFrom(...KINDS), texts: anyTexts })
const anyCause = fc.constantFrom(...CAUSES)
const anyDetails = fc.record({ later: fc.boolean(), images: fc.boolean() })
const anySource = fc.oneof({ weight: 7, arbitrary: anyParts }, anyLongParts)
const anySeed = fc.integer({ min: 1, max: 1e6 })

test('the content grows by appending alone, and can be ended soundly at any moment', () => {
  fc.assert(fc.property(anyOptions, anySource, anySeed, fc.infiniteStream(fc.tuple(anyCause, anyDetails)), (options, parts, seed, ends) => {
    const content = new StreamContent(options)
    let before = ''
    let looks = 0
    const look = () => {
      const shown = content.content
      // A plain look, as there are many.
      if (!shown.startsWith(before) || content.contentBytes !== Buffer.byteLength(shown)) expect(shown).toBe(`${before}…`)
      before = shown
      // The whole of a long one is looked at now and then.
      if (before.length > 10_000 && looks++ % 32 !== 0) return
      const [cause, details] = ends.next().value
      const found = faults(before + content.suffix(cause, details))
      if (found.length > 0) expect(found).toEqual([])
    }
    look()
    for (const part of split(parts, seed)) {
      give(content, [part])
      look()
    }
    content.finish()
    look()
    expect(faults(before + content.suffix('late', { later: true }))).toEqual([])
  }), runs(1_500))
})

test('a text comes to the same however it is split', () => {
  fc.assert(fc.property(anyOptions, anySource, anySeed, anyCause, (options, parts, seed, cause) => {
    const [one, other] = [split(parts, seed), split(parts, seed + 1)].map(pieces => {
      const content = give(new StreamContent(options), pieces)
      content.finish()
      return [content.content, content.suffix(cause), content.rest(), content.fullText, content.fullThinking, content.full, content.bytesLeft]
    })
    expect(one).toEqual(other)
  }), runs(3_000))
})

/** Texts of letters that fences, quotes, lists and thinking are not written with. */
const anyMarkdown = fc.array(fc.oneof(fc.constantFrom('ab', 'cd', '你好', '👩‍👩‍👧‍👦', '<think>', 'e\u0301', ' ', '\n', '\n\n'), fc.constantFrom('\n```zz\n', '\n```\n', '\n- ~~~\n', '\n~~~\n', '\n> ```zz\n> k\n', '\n1. m\n    ```zz\n    n\n    ```\n', '`')), { minLength: 1, maxLength: 40 })
  .map(pieces => pieces.join(''))
const bare = (text: string) => text.replace(/^<think>.*?(?:<\/think>|$)/s, '').replace(/[\s`~>z\u200b\d.T-]/g, '')

test('what was shown and the rest hold the whole text, with nothing lost and nothing doubled, whenever the stream ends', () => {
  let withRest = 0
  fc.assert(fc.property(
    anyOptions, fc.array(fc.tuple(anyMarkdown, fc.constantFrom('', '', 'TT', '\nT\n```\nT\n')), { minLength: 1, maxLength: 6 }), fc.constantFrom(0, 0, 0, 0, 0, 0, 19_900, 20_200, 40_000), anySeed, fc.double({ min: 0, max: 1.3, noNaN: true }), fc.boolean(),
    (options, texts, filler, seed, when, ahead) => {
      const parts: Part[] = texts.flatMap(([text, thinking]): Part[] => [{ kind: 'thinking', part: thinking }, { kind: 'text', part: `:${text}` }])
      if (filler > 0) parts.splice(1, 0, { kind: 'text', part: `${'f'.repeat(filler)}\n` })
      const pieces = split(parts, seed)
      const content = new StreamContent(options)
      const sizes = [0]
      const sealAt = Math.floor(pieces.length * when)
      for (const [at, piece] of pieces.entries()) {
        // Shown is what it was then, or some time before.
        if (at === sealAt) content.seal(sizes.at(ahead ? -1 : Math.floor(seed % sizes.length)) as number)
        give(content, [piece])
        sizes.push(content.contentBytes)
      }
      content.finish()
      const rest = content.rest()
      expect(fenceIsOpen(rest)).toBe(false)
      expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(20_480)
      if (rest !== '') expect(faults(rest)).toEqual([])
      if (rest !== '') withRest++
      expect(faults(content.content + content.suffix(CAUSES[seed % CAUSES.length] as 'lost'))).toEqual([])
      const both = bare(content.content) + bare(rest)
      if (Buffer.byteLength(rest) < 20_300) expect(both).toBe(bare(content.fullText))
      else expect(bare(content.fullText).startsWith(both)).toBe(true)
    }), runs(3_000))
  expect(withRest).toBeGreaterThan(1_000)
})

test('as much as bytesLeft says is shown, and not a byte more', () => {
  let looked = 0
  fc.assert(fc.property(anyOptions, anySource, (options, parts) => {
    const content = give(new StreamContent(options), parts)
    const { bytesLeft, full } = content
    if (full) {
      expect(bytesLeft).toBe(0)
      return
    }
    const text = 'x'.repeat(bytesLeft)
    content.text(text)
    content.finish()
    // Not where it has become thinking.
    if (bytesLeft === 0 || !content.fullText.endsWith(text)) return
    looked++
    expect([content.full, content.bytesLeft, content.rest()]).toEqual([false, 0, ''])
    expect(content.content.endsWith(text)).toBe(true)
    content.text('x')
    expect([content.full, content.content.endsWith(text)]).toEqual([true, true])
    expect(content.rest()).toContain('x')
  }), runs(1_500))
  expect(looked).toBeGreaterThan(800)
})

test('the cut lies between two characters as people see them, and as near to the limit as can be', () => {
  const segmenter = new Intl.Segmenter('zh', { granularity: 'grapheme' })
  const anyCharacters = fc.array(fc.constantFrom('👩‍👩‍👧‍👦', '🇨🇳', 'e\u0301\u0302', 'क्ष', '你', 'x', '\r\n', '각', '👍🏽'), { minLength: 60, maxLength: 200 })
  fc.assert(fc.property(anyCharacters, fc.integer({ min: 0, max: 600 }), anySeed, (characters, spare, seed) => {
    const content = new StreamContent({ thinking: 'all', texts: DEFAULT_TEXTS })
    const { bytesLeft } = content
    const text = 'f'.repeat(bytesLeft - spare) + characters.join('')
    give(content, split([{ kind: 'text', part: text }], seed))
    content.finish()
    if (!content.full) {
      expect(content.content).toBe(text)
      return
    }
    const next = segmenter.segment(text).containing(content.content.length)
    expect(next?.index).toBe(content.content.length)
    expect(content.contentBytes + Buffer.byteLength(next?.segment ?? '')).toBeGreaterThan(bytesLeft)
  }), runs(1_000))
})

test('a reply takes every content as it is', () => {
  fc.assert(fc.property(anyOptions, fc.array(anyPiece, { maxLength: 20 }), anyCause, (options, pieces, cause) => {
    const source = give(new StreamContent(options), pieces.map(part => ({ kind: 'text', part })))
    source.finish()
    const content = source.content + source.suffix(cause)
    const reply = composeReply({ msgtype: 'stream', stream: { id: 'a', finish: true, content } }, answered('aibot.text', 'json'))
    expect(JSON.parse(reply).stream.content).toBe(content)
  }), runs(500))
})
