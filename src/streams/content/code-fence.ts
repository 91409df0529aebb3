/** A code fence that is open. */
export interface CodeFence {
  /** Before a line that closes it: quote marks, and spaces where the opening line had a list's. */
  readonly prefix: string
  /** Quotes that it stands in. */
  readonly depth: number
  /** Columns before it, within the quotes. */
  readonly indent: number
  /** Three backticks or tildes, or more. */
  readonly marks: string
  /** What its first line says of the code. */
  readonly info: string
}

/** Bytes that closing a fence may take, without the line end before; what would take more is no fence. */
export const FENCE_BYTES = 64

const OPENING = /^((?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*)(`{3,}(?=[^`]*$)|~{3,})(.*)$/s
const CLOSING = /^([ \t]*)(`{3,}|~{3,})[ \t\r]*$/

/**
 * The fence that a line opens, by CommonMark's rules; one that is indented by four or more counts in a list only, and
 * there however far, as models do not count.
 */
export function openedBy (line: string, inList: boolean): CodeFence | undefined {
  const [, before = '', marks = '', info = ''] = OPENING.exec(line) ?? []
  if (marks === '') return undefined
  const prefix = before.replace(/[^\s>]/g, ' ')
  const indent = width(prefix.replace(/.*> ?/, ''))
  if (prefix.length + marks.length > FENCE_BYTES || (indent > 3 && !inList && prefix === before)) return undefined
  return { prefix, depth: prefix.split('>').length - 1, indent, marks, info: info.trimEnd() }
}

/** Whether a line, without the marks of quotes, closes the fence. */
export function closes (line: string, fence: CodeFence): boolean {
  const [, before = '', marks = ''] = CLOSING.exec(line) ?? []
  return marks.startsWith(fence.marks) && width(before) < fence.indent + 4
}

/** A line without so many marks of quotes; `undefined` where it has fewer. */
export function withoutQuotes (line: string, depth: number): string | undefined {
  let left = line
  for (let marks = 0; marks < depth; marks++) {
    const mark = /^[ \t]*> ?/.exec(left)
    if (mark === null) return undefined
    left = left.slice(mark[0].length)
  }
  return left
}

function width (space: string): number {
  return space.replaceAll('\t', '    ').length
}
