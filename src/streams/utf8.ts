/** What a text holds after so many bytes of UTF-8, which end between two characters. */
export function afterBytes (text: string, count: number): string {
  if (count <= 0) return text
  const bytes = Buffer.from(text)
  return count >= bytes.length ? '' : bytes.toString('utf8', count)
}

/** So many bytes of UTF-8 of a text, which end between two characters. */
export function firstBytes (text: string, count: number): string {
  return count <= 0 ? '' : Buffer.from(text).toString('utf8', 0, count)
}
