/**
 * What a value is, for an error text that gets logged: the kind of thing, and nothing of what it holds. Never throws,
 * whatever the value does.
 */
export function typeName (value: unknown): string {
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : `the number ${value}`
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  try {
    if (Array.isArray(value)) return 'an array'
    const tag = Object.prototype.toString.call(value)
    return BUILT_IN.test(tag) ? tag : '[object Object]'
  } catch {
    return 'object'
  }
}

/** Tags are anybody's to choose. */
const BUILT_IN = new RegExp(
  '^\\[object (?:Object|Date|Map|Set|WeakMap|WeakSet|RegExp|Error|Promise|ArrayBuffer|\\w{3,14}Array|' +
    'String|Number|Boolean|URL|Headers|Blob|FormData|URLSearchParams)\\]$'
)

/**
 * A text where a short word of WeCom's is expected: such a word is quoted; anything else in its place may be what a
 * user said.
 */
export function wordOr (text: string, otherwise: string): string {
  return /^[A-Za-z_]{1,32}$/.test(text) ? `"${text}"` : otherwise
}
