/** What is wrong with a text that a bot shows at last, by rules written from WeCom's pages and CommonMark, and not from src. */
export function faults (content: string): string[] {
  const found: string[] = []
  if (Buffer.byteLength(content) > 20_480) found.push('over the limit')
  if (!content.isWellFormed()) found.push('half a surrogate pair')
  const tags = content.match(/<\/?(?:think|thinking|thought)(?![\w-])>?/gi) ?? []
  if (!['', '<think></think>'].includes(tags.join(''))) found.push(`tags ${tags.join('')}`)
  if (tags.length > 0 && !content.startsWith('<think>')) found.push('thinking among the text')
  const [, thinking = '', text = content] = /^<think>(.*?)<\/think>(.*)$/s.exec(content) ?? []
  if (fenceIsOpen(thinking)) found.push('a fence open in the thinking')
  if (fenceIsOpen(text)) found.push('a fence open')
  // What NFKC, trimming and the removal of controls leave.
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) found.push('nothing to see')
  return found
}

/** Looks at fences that stand at the beginning of a line or are indented, also in quotes and behind the mark of a list. */
export function fenceIsOpen (text: string): boolean {
  let open: { marks: string, depth: number, indent: number } | undefined
  let inList = false
  for (const line of text.split(/\r\n|\n|\r/)) {
    const depth = (/^[\s>]*/.exec(line)?.[0] ?? '').split('>').length - 1
    if (open !== undefined && depth < open.depth) open = undefined
    // In a fence, further marks are code.
    const bare = open === undefined ? line.replace(/^[\s>]*> ?/, '') : line.replace(new RegExp(`^(?:\\s*> ?){${open.depth}}`), '')
    if (open !== undefined) {
      const closing = /^(\s*)(`{3,}|~{3,})\s*$/.exec(bare)
      if (closing !== null && (closing[2] as string).startsWith(open.marks) && (closing[1] as string).length < open.indent + 4) open = undefined
      continue
    }
    const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s/.exec(bare)
    if (item !== null) inList = true
    else if (/^\S/.test(bare)) inList = false
    const opening = /^((?:\s|[-*+]\s|\d{1,9}[.)]\s)*)(`{3,})[^`]*$|^((?:\s|[-*+]\s|\d{1,9}[.)]\s)*)(~{3,})/.exec(bare)
    if (opening === null) continue
    const indent = (opening[1] ?? opening[3] ?? '').length
    if (indent < 4 || inList) open = { marks: (opening[2] ?? opening[4]) as string, depth, indent }
  }
  return open !== undefined
}
