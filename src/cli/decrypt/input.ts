import { UsageError } from '../arguments.js'

/** A recorded request. */
export interface Recorded {
  /** The query, decoded once; a `+` is left as it is. */
  query: Map<string, string>
  /** The body; undefined for URL verification. */
  body: string | undefined
  /** As the line of a log names it before the URL. */
  method: string | undefined
}

/**
 * Finds a callback's URL and body in pasted text: a URL or the line of an access log, and after it an envelope.
 *
 * @throws UsageError
 */
export function readRecorded (words: readonly string[], piped: string): Recorded {
  if (words.length > 2) {
    throw new UsageError(
      'decrypt takes a URL and a body, each in quotes (the URL contains &, which the shell would interpret).'
    )
  }
  const text = [...words, piped].join('\n')
  const url = findUrl(text) ?? words.find(word => word.includes('?'))
  if (url === undefined) {
    throw new UsageError(
      'There is no URL with msg_signature, timestamp and nonce: give the whole URL of the recorded request, in ' +
      'quotes, and for a message its body after it (or pipe both in).'
    )
  }
  const at = text.indexOf(url)
  const clear = unescaped(url)
  const query = new Map(clear.slice(clear.indexOf('?') + 1).split('#', 1)[0]?.split('&').map(pair => {
    const split = pair.indexOf('=')
    return split < 0 ? [pair, ''] : [pair.slice(0, split), decodeOnce(pair.slice(split + 1))]
  }))
  const rest = text.slice(at + url.length)
  const start = rest.search(/[<{]/)
  const end = Math.max(rest.lastIndexOf('>'), rest.lastIndexOf('}'))
  return {
    query,
    body: start < 0 ? undefined : rest.slice(start, end < start ? undefined : end + 1),
    method: /\b(GET|POST)[\s"']{1,4}$/.exec(text.slice(Math.max(0, at - 10), at))?.[1]
  }
}

/**
 * The run of characters around the first signature, up to where an envelope begins. Found by looking ahead only: a log
 * may be long.
 */
function findUrl (text: string): string | undefined {
  for (const [run] of text.matchAll(/[^\s"'`]+/g)) {
    const sign = /[?&](?:msg_?)?signature=/.exec(run)
    if (sign === null) continue
    const end = run.slice(sign.index).search(/[<{]/)
    return end < 0 ? run : run.slice(0, sign.index + end)
  }
  return undefined
}

/** Logs in JSON or HTML write & otherwise. */
function unescaped (url: string): string {
  return url.replaceAll('\\u0026', '&').replaceAll('&amp;', '&')
}

function decodeOnce (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
