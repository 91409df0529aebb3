/** Without `>`, as a client may be lenient about what stands before it. */
const NAMES = ['<thinking', '</thinking', '<thought', '</thought']
const TAG = /<(?=\/?(?:think|thinking|thought)(?![\w-]))/gi

/**
 * Puts U+200B behind the `<` of think tags, so that no client takes them for such: an unclosed one swallows all that
 * follows. Code is no exception, as clients are not known to look for tags only outside of it.
 */
export class TagDefuser {
  /** What may become a tag. */
  held = ''

  push (part: string): string {
    const text = this.held + part
    const keep = heldFrom(text, NAMES)
    this.held = text.slice(keep)
    return defuse(text.slice(0, keep))
  }

  /** Nothing follows. */
  flush (): string {
    const text = this.held
    this.held = ''
    return defuse(text)
  }
}

export function defuse (text: string): string {
  return text.replace(TAG, '<\u200b')
}

/** Where the beginning of one of these lower case names, or one without anything behind it, stands at the end. */
export function heldFrom (text: string, names: readonly string[]): number {
  const from = text.lastIndexOf('<')
  if (from === -1 || text.length - from > LONGEST) return text.length
  const end = text.slice(from).toLowerCase()
  return names.some(name => name.startsWith(end)) ? from : text.length
}

/** `</thinking>` */
const LONGEST = 11
