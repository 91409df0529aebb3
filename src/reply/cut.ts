/**
 * The longest beginning of a text that takes at most `bytes` bytes of UTF-8 and ends between two characters as people
 * see them: no half emoji, no letter without its accent. `text` must hold no half surrogate pairs.
 */
export function cutText (text: string, bytes: number): string {
  // No unit of UTF-16 takes more than three bytes.
  if (text.length * 3 <= bytes) return text
  // Stops before the code point that does not fit.
  const end = new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read
  if (end === text.length) return text
  // What lies beyond tells whether the character goes on; a few code units are enough, as longer ones are nonsense.
  segmenter ??= new Intl.Segmenter('zh', { granularity: 'grapheme' })
  const start = segmenter.segment(text.slice(0, end + 64)).containing(end)?.index ?? end
  // A single "character" beyond the limit is cut inside: better than nothing left.
  return text.slice(0, start === 0 ? end : start)
}

/** Made for the first text that is cut, as it takes some milliseconds. */
let segmenter: Intl.Segmenter | undefined
