import fc from 'fast-check'
import type { StreamContent } from '../../../src/streams/content/stream-content.js'

/** What a source gives. */
export interface Part { kind: 'text' | 'thinking', part: string }
export const KINDS = ['leading', 'all', false] as const
export const CAUSES = ['done', 'failed', 'empty', 'cut', 'late', 'stopped', 'lost', 'closing'] as const

const WORDS = ['a', 'bc', '你好', 'e\u0301', '👩‍👩‍👧‍👦', '🇨🇳', '👍🏽', '😀', 'क्ष', ' ', '  ', '\n', '\n\n', '\r\n', '\u200b', '\u0000', '.']
const TAGS = ['<', '</', '<think>', '</think>', '<THINK>', '</Thinking>', '<thinking>', '<thought>', '</thought>', '<think', '<thin', 'k>', '<think >', '<thinker>', '<b>', '>']
const FENCES = ['```', '\n```\n', '\n```js\n', '\n````md\n', '\n~~~\n', '`', '``', '\n  ```\n', '\n- ```sh\n', '\n> ```\n', '\n> x\n', '\n1. x\n   ```py\n']
const HALVES = ['\ud83d', '\ude00', '\ud83d\ude00']

export const anyPiece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 3, arbitrary: fc.constantFrom(...TAGS) },
  { weight: 3, arbitrary: fc.constantFrom(...FENCES) },
  fc.constantFrom(...HALVES)
)
const anyPart: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom<Part['kind'][]>('text', 'text', 'text', 'thinking'),
  part: fc.array(anyPiece, { maxLength: 6 }).map(pieces => pieces.join(''))
})
export const anyParts = fc.array(anyPart, { maxLength: 12 })

/** The same near the limit, which lies about here. */
export const anyLongParts = fc.tuple(fc.integer({ min: 20_000, max: 20_330 }), anyParts, anyParts)
  .map(([length, before, after]): Part[] => [...before, { kind: 'text', part: `\n${'f'.repeat(length)}` }, ...after])

/** The same text in other pieces. */
export function split (parts: readonly Part[], seed: number): Part[] {
  const merged: Part[] = []
  for (const { kind, part } of parts) {
    const last = merged.at(-1)
    if (last?.kind === kind) last.part += part
    else merged.push({ kind, part })
  }
  let state = seed
  return merged.flatMap(({ kind, part }) => {
    const pieces: Part[] = []
    for (let from = 0; from < part.length;) {
      state = (state * 48_271 + 11) % 2_147_483_647
      // Long texts in few pieces, short ones in all there can be.
      const length = 1 + state % (part.length > 1_000 && (from < 19_800 || from > 21_000) ? 5_000 : 4)
      pieces.push({ kind, part: part.slice(from, from + length) })
      from += length
    }
    return pieces
  })
}

export function give (content: StreamContent, parts: readonly Part[]): StreamContent {
  for (const { kind, part } of parts) content[kind](part)
  return content
}
