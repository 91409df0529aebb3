import { UsageError } from '../arguments.js'

/** A recorded request. */
export interface Recorded {
  /** The query, decoded once; a `+` is left as it is. */
  query: Map<string, string>
  /** The body; undefined for URL verification. */
  body: string | undefined
}

/**
 * Finds a callback's URL and body in pasted text: a URL or the line of an access log, and after it an envelope.
 *
 * @throws UsageError
 */
export function readRecorded (words: readonly string[], piped: string): Recorded {
  if (words.length > 2) throw new UsageError('decrypt takes a URL and a body, each in quotes (the URL holds &, which a shell would take for itself).')
  const text = [...words, piped].join('\n')
  const url = /[^\s"'`]*[?&](?:[^\s"'`]*&)?(?:msg_?)?signature=[^\s"'`<{]*/.exec(text)?.[0] ?? words.find(word => word.includes('?'))
  if (url === undefined) throw new UsageError('There is no URL with msg_signature, timestamp and nonce: give the whole URL of the recorded request, in quotes, and for a message its body after it (or pipe both in).')
  const query = new Map(url.slice(url.indexOf('?') + 1).split('#', 1)[0]?.split('&').map(pair => {
    const split = pair.indexOf('=')
    return split < 0 ? [pair, ''] : [pair.slice(0, split), decodeOnce(pair.slice(split + 1))]
  }))
  const rest = text.slice(text.indexOf(url) + url.length)
  const start = rest.search(/[<{]/)
  const end = Math.max(rest.lastIndexOf('>'), rest.lastIndexOf('}'))
  return { query, body: start < 0 ? undefined : rest.slice(start, end < start ? undefined : end + 1) }
}

function decodeOnce (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
