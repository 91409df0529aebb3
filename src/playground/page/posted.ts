import type { Posted, PostedView } from '../protocol.js'
import { keep } from './history.js'
import { textField } from './names.js'
import { state, update, type MessageRecord, type PlayRecord } from './state.js'

/** Milliseconds between two looks: while something happens, and for what comes late. */
const SOON = 1_000
const LATER = 5_000
/** For how long a message counts as one with which something happens. */
const LIVELY = 120_000
/** A response_url lives an hour. */
const LIFETIME = 3_600_000

let next = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Looks for what bots post to response_urls, as long as one of them is unused: long after the answer, maybe. */
export function watchPosted (): void {
  if (timer !== undefined) return
  const now = Date.now()
  const waiting = state.plays.filter(play => now - play.at < LIFETIME && play.messages.some(isWaiting))
  if (waiting.length === 0) return
  const soon = waiting.some(play => !play.done || now - play.at < LIVELY)
  timer = setTimeout(() => {
    look().then(watchPosted, () => {
      // The server is gone, or this page's key: what is sent next tells, and looks again.
    })
  }, soon ? SOON : LATER)
}

async function look (): Promise<void> {
  try {
    const response = await fetch(`${state.base}/api/posted?from=${next}`)
    if (!response.ok) throw new Error(String(response.status))
    const found = await response.json() as Posted
    next = found.next
    if (found.posted.length > 0) update(({ plays }) => { for (const posted of found.posted) take(plays, posted) })
  } finally {
    timer = undefined
  }
}

function take (plays: PlayRecord[], posted: PostedView): void {
  for (const play of plays) {
    for (const message of play.messages) {
      const url = urlOf(message)
      if (url === undefined || !posted.url.startsWith(url)) continue
      const known = message.posted ??= []
      // After a reload all is told again.
      if (known.some(other => JSON.stringify(other) === JSON.stringify(posted))) continue
      known.push(posted)
      if (play.done) keep(play)
    }
  }
}

function isWaiting (message: MessageRecord): boolean {
  return urlOf(message) !== undefined && message.posted === undefined
}

/** Of a message whose response_url leads here. */
function urlOf ({ content }: MessageRecord): string | undefined {
  const url = textField(content, 'response_url')
  return url?.startsWith('http://127.0.0.1:') === true ? url : undefined
}
