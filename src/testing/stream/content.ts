/** A stream's content, taken apart. */
export interface ReadContent {
  /** What is shown outside `<think>`. */
  text: string
  /** What is shown folded. */
  thinking: string
  /** A `<think>` has no `</think>`: a client takes all that follows for thinking. */
  open: boolean
  /** A tag stands where it makes no pair: `</think>` before any `<think>`, or one `<think>` inside another. */
  stray: boolean
}

/** Tells text and thinking apart as a client does: wherever the tags stand. */
export function readContent (content: string): ReadContent {
  const read: ReadContent = { text: '', thinking: '', open: false, stray: false }
  let from = 0
  for (const { 0: tag, index } of content.matchAll(/<\/?think>/g)) {
    add(read, content.slice(from, index))
    from = index + tag.length
    const opens = tag === '<think>'
    if (opens === read.open) read.stray = true
    read.open = opens
  }
  add(read, content.slice(from))
  return read
}

function add (read: ReadContent, part: string): void {
  read[read.open ? 'thinking' : 'text'] += part
}

/** Whether there is anything to be seen; white space, format and control characters count as nothing (AIBOT.md 9). */
export function isVisible (text: string): boolean {
  return /[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text)
}

/** Whether nothing that was shown is taken back: thinking and text may each have grown, wherever the tags close. */
export function hasGrown (before: string, now: string): boolean {
  if (now.startsWith(before)) return true
  const [old, fresh] = [readContent(before), readContent(now)]
  return fresh.text.startsWith(old.text) && fresh.thinking.startsWith(old.thinking)
}
