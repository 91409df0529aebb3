import { readFileSync } from 'node:fs'
import { LIBRARIES, readHostile, readVectors } from '../support/vectors.ts'
import { asJson, entries, expectedOf } from '../message/independent.ts'

/** What JSON may be made of, and what is nearly JSON. */
const PIECES = [
  '{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '\r', '\t', '\u0000', '\u001f', '\u007f', '\u00a0', '\u2028', '\ufeff',
  '0', '1', '-', '+', '.', 'e', 'E', '00', '1e5', '-0', '1.50', '9007199254740993', '.5', '1.', '0x1', 'NaN', 'Infinity',
  'true', 'false', 'null', 'True', 'undefined', '""', '"a":1', ',"a":1', '"encrypt":"A"', ',"encrypt":"A"', '"\\u0065ncrypt":1,',
  '{"a":{"a":1}}', '[[[[', ']]]]', '{}', '[]', '"__proto__":', '"__proto__":{"a":1},', '"constructor":1,', '"toString":1,',
  '\\"', '\\\\', '\\/', '\\b', '\\u0041', '\\u00', '\\ud83d', '\\ude00', '\\q', '\\u0000', '\\x41', "'", '/**/', '//', '😀', '\ud800', '中', 'é'
]

/** The JSON of vectors, hostile requests, field cases and samples: envelopes and messages, each once, none long. */
export function seeds (): string[] {
  const texts = new Set<string>()
  const add = (text: string | undefined) => { if (text?.trimStart().startsWith('{') === true) texts.add(shortened(text)) }
  for (const { plaintext, body } of LIBRARIES.flatMap(library => readVectors(library))) [plaintext, body].forEach(add)
  for (const { plaintext, body } of readHostile()) [plaintext, body].forEach(add)
  for (const line of readFileSync(new URL('../field/cases.jsonl', import.meta.url), 'utf8').trim().split('\n')) add((JSON.parse(line) as { payload?: string }).payload)
  for (const entry of entries) {
    for (const { xml, json } of entry.samples) {
      add(xml === undefined ? JSON.stringify(json) : asJson(entry, expectedOf(entry, xml)))
      add(json === undefined ? undefined : JSON.stringify(json, null, 2))
    }
  }
  return [...texts]
}

/** What is long is a ciphertext or a repetition: a piece of it does as well. */
function shortened (text: string): string {
  const short = text.replace(/[A-Za-z0-9+/=]{48,}/g, run => run.slice(0, 40))
  return short.length > 600 ? short.slice(0, 600) : short
}

/** Texts with one to four changes each: pieces put in, left out, doubled, exchanged, and taken from another text. */
export function * mutated (texts: readonly string[], count: number, seed: number): Generator<string> {
  const random = generator(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const any = (from: readonly string[]) => from[below(from.length)] as string
  for (let made = 0; made < count; made++) {
    let text = any(texts)
    for (let changes = 1 + below(4); changes > 0; changes--) {
      const at = below(text.length + 1)
      const end = Math.min(text.length, at + 1 + below(random() < 0.7 ? 3 : 40))
      const piece = text.slice(at, end)
      const there = below(text.length + 1)
      text = [
        () => text.slice(0, at) + any(PIECES) + text.slice(at),
        () => text.slice(0, at) + any(PIECES) + text.slice(end),
        () => text.slice(0, at) + text.slice(end),
        () => text.slice(0, there) + piece + text.slice(there),
        () => text.slice(0, at) + any(texts).slice(below(40), 40 + below(40)) + text.slice(at),
        () => escapedAt(text, at)
      ][below(6)]?.() as string
    }
    yield text
  }
}

/** One character in another spelling, which is the same inside of strings only. */
function escapedAt (text: string, at: number): string {
  return at >= text.length ? text : `${text.slice(0, at)}\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}${text.slice(at + 1)}`
}

/** Mulberry32: the same texts in every run. */
function generator (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
