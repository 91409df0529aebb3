import { AROUND_TEXT, replyText, request, typed, type Format, type RequestOptions } from './messages.js'
import type { Contender } from './measure.js'
import type { StartOptions } from './server-handle.js'
import { SHORT_REPLY } from './served.js'

/** A server that answers text messages of this many bytes, with the same text or, if `short`, a few words. */
export function texting (server: string, format: Format, size: number, start: StartOptions = {}): Contender {
  const content = typed(size - AROUND_TEXT)
  const expected = start.short === true ? SHORT_REPLY : content
  return {
    label: server,
    server,
    format,
    start,
    batch: batchOf(format, content),
    check (body) {
      // Its answer is a constant.
      if (server.startsWith('bare')) return
      const answered = replyText(format, body)
      if (answered !== expected) throw new Error(`${server} has answered ${answered}`)
    }
  }
}

export function batchOf (format: Format, content: string, options?: RequestOptions): (count: number) => Buffer[] {
  return count => Array.from({ length: count }, () => request(format, content, options))
}
