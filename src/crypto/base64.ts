/**
 * Decodes base64 into `target` from `offset` on, and gives how many bytes that were; `undefined` for what is no plain
 * base64 of whole groups of four. `target` must have room for three bytes of every four characters.
 *
 * Node.js skips whatever it does not know, so each such character makes the result shorter than the text says: that is
 * cheaper to see than a pattern over the text. What it takes beside the plain alphabet is looked for: "-" and "_", and
 * characters beyond Latin-1, of which it sees the lower byte alone.
 */
export function decodeBase64 (text: string, target: Buffer, offset: number): number | undefined {
  const { length } = text
  if (length === 0 || length % 4 !== 0) return undefined
  if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== length) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const expected = length / 4 * 3 - padding
  return target.write(text, offset, expected, 'base64') === expected ? expected : undefined
}
