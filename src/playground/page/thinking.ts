/** A piece of a stream's content. */
export interface ContentPart {
  text: string
  thinking: boolean
}

/** What stands between `<think>` and `</think>`, and what does not. Where it is not closed, all that follows does. */
export function partsOfContent (content: string): ContentPart[] {
  const parts: ContentPart[] = []
  let rest = content
  while (rest !== '') {
    const [before, inside] = cutAt(rest, '<think>')
    if (before.trim() !== '') {
      parts.push({ text: parts.length === 0 ? before : before.trimStart(), thinking: false })
    }
    if (inside === undefined) break
    const [text, after] = cutAt(inside, '</think>')
    parts.push({ text: text.trim(), thinking: true })
    rest = after ?? ''
  }
  return parts
}

function cutAt (text: string, tag: string): [before: string, after: string | undefined] {
  const at = text.indexOf(tag)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + tag.length)]
}
