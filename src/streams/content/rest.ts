import { STREAM_CONTENT_BYTES } from '../../reply/limits/aibot.js'
import { closes, FENCE_BYTES, withoutQuotes, type CodeFence } from './code-fence.js'
import { FenceTracker } from './fence-tracker.js'
import { GraphemeLimit } from './grapheme-limit.js'
import { hasVisible } from './visible.js'

/**
 * A message of what was not shown: at most 20,480 bytes, with a code fence that the shown text left open opened again,
 * and closed at its end. '' where nothing of it can be seen.
 *
 * @param shown The text that the rest goes on with.
 */
export function restOf (shown: string, rest: string): string {
  if (!hasVisible(rest)) return ''
  // For the line end before the closing fence.
  const limit = new GraphemeLimit(STREAM_CONTENT_BYTES - FENCE_BYTES - 1)
  limit.push(carryOn(shown, rest))
  limit.finish()
  if (!hasVisible(limit.text)) return ''
  const fences = new FenceTracker()
  fences.push(limit.text)
  return limit.text + fences.closing
}

/** Makes a beginning of a text that was cut anywhere. */
function carryOn (shown: string, rest: string): string {
  const fences = new FenceTracker()
  fences.push(shown)
  const { before, line } = fences
  // Whether the line that was cut is a fence is known only now.
  const first = /^[^\r\n]*/.exec(rest)?.[0] ?? ''
  const after = fences.after(line + first)
  if (after !== undefined) return after === before ? reopen(before, line, rest) : line + rest
  const closed = before !== undefined && withoutQuotes(line + first, before.depth) !== undefined
  // What closes the fence stands in the shown text already.
  return withoutBlankLines(closed ? rest.slice(first.length) : rest)
}

function reopen (fence: CodeFence, line: string, rest: string): string {
  const { depth, indent, marks, info } = fence
  if (depth > 0) return `${fence.prefix}${marks}${info}\n${line === '' ? '' : '> '.repeat(depth)}${rest}`
  return `${marks}${info}\n${indent === 0 ? rest : dedent(fence, line, rest)}`
}

/** The list that indented the code stays behind, and the code with its closing line moves to the left. */
function dedent (fence: CodeFence, line: string, rest: string): string {
  const lines = rest.split('\n')
  const margin = new RegExp(`^[ \\t]{1,${fence.indent}}`)
  for (let at = line === '' ? 0 : 1; at < lines.length; at++) {
    const code = lines[at] as string
    if (closes(code, fence)) {
      lines[at] = code.trimStart()
      break
    }
    lines[at] = code.replace(margin, '')
  }
  return lines.join('\n')
}

function withoutBlankLines (text: string): string {
  return text.replace(/^(?:[ \t]*(?:\r\n|\n|\r))+/, '')
}
