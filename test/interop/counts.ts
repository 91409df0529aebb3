import type { Library } from '../support/vectors.js'

/** How many lines each library has for an op, and how many of all but `echo` hold a message. A line lost is a proof lost. */
export const COUNTS: Record<Library, { encrypt: number, decrypt: number, echo: number, messages: number }> = {
  'cpp-json': { encrypt: 22, decrypt: 12, echo: 8, messages: 27 },
  'cpp-xml': { encrypt: 22, decrypt: 12, echo: 8, messages: 29 },
  'csharp-xml': { encrypt: 23, decrypt: 25, echo: 14, messages: 38 },
  'go-json': { encrypt: 23, decrypt: 12, echo: 8, messages: 28 },
  'go-xml': { encrypt: 25, decrypt: 12, echo: 8, messages: 30 },
  'java-json': { encrypt: 23, decrypt: 11, echo: 14, messages: 27 },
  'java-xml': { encrypt: 25, decrypt: 24, echo: 14, messages: 40 },
  node: { encrypt: 49, decrypt: 24, echo: 8, messages: 58 },
  'php-json': { encrypt: 23, decrypt: 12, echo: 14, messages: 28 },
  'php-xml': { encrypt: 23, decrypt: 25, echo: 14, messages: 38 },
  'py-json': { encrypt: 25, decrypt: 21, echo: 14, messages: 36 },
  'py-xml': { encrypt: 23, decrypt: 26, echo: 14, messages: 40 }
}
